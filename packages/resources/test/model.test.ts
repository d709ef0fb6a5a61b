import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  type Allocation,
  idle,
  label,
  mostFree,
  pack,
  type Policy,
  random,
  ResourceManager,
  type ResourceRequest,
  spread,
} from "../src/index.js";

/** What the model knows of a host: tenths of cores, whole bytes, and tenths of each device. */
interface Room {
  cpu: number;
  memory: number;
  gpus: number[];
}

const sizes: Readonly<Record<string, { cpu: number; memory: number; gpus: number }>> = {
  a: { cpu: 4, memory: 100, gpus: 0 },
  b: { cpu: 2, memory: 300, gpus: 1 },
  c: { cpu: 8, memory: 200, gpus: 2 },
};

const policies: (() => Policy)[] = [
  pack,
  spread,
  mostFree,
  () => random(3),
  () => label("all"),
  () => idle(),
];

const amounts = fc.record({
  cpu: fc.integer({ min: 0, max: 40 }).map((tenths) => tenths / 10),
  memory: fc.integer({ min: 0, max: 200 }),
  gpu: fc.constantFrom(0, 0, 0, 0.1, 0.3, 0.5, 1, 2),
});

type Step =
  | { readonly kind: "allocate"; readonly request: ResourceRequest }
  | { readonly kind: "try"; readonly request: ResourceRequest }
  | { readonly kind: "release" | "abort"; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: amounts.map((request): Step => ({ kind: "allocate", request })) },
  { weight: 1, arbitrary: amounts.map((request): Step => ({ kind: "try", request })) },
  { weight: 4, arbitrary: fc.nat(1000).map((which): Step => ({ kind: "release", which })) },
  { weight: 1, arbitrary: fc.nat(1000).map((which): Step => ({ kind: "abort", which })) },
);

interface Waiting {
  readonly request: ResourceRequest;
  readonly abort: AbortController;
}

describe("any requests, released in any order, by any policy", () => {
  it.each(["pack", "spread", "mostFree", "random", "label", "idle"])(
    "%s: hosts are never overbooked, order is kept, and everything comes back",
    async (name) => {
      const policy = () => policies.find((make) => make().name === name)!();
      const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        await run(policy(), steps);
      });
      await fc.assert(property, { numRuns: 60 });
    },
  );
});

async function run(policy: Policy, steps: readonly Step[]): Promise<void> {
  const manager = new ResourceManager({ hosts: hostsFor(policy), policy });
  const held: Allocation[] = [];
  let waiting: Waiting[] = [];
  for (const step of steps) {
    if (step.kind === "try") {
      const allocation = manager.tryAllocate(step.request);
      if (allocation) held.push(allocation);
      if (allocation && !asksForNothing(step.request)) expect(waiting).toEqual([]);
    } else if (step.kind === "allocate") {
      const { request } = step;
      const abort = new AbortController();
      const entry = { request, abort };
      waiting.push(entry);
      const isWaiting = () => manager.waiting.some((other) => other.request === request);
      manager.allocate(request, { signal: abort.signal }).then(
        (allocation) => {
          // Nobody who came earlier still waits, unless this one asks for nothing.
          if (!asksForNothing(request)) expect(waiting[0]).toBe(entry);
          waiting = waiting.filter((other) => other !== entry);
          held.push(allocation);
        },
        () => (waiting = waiting.filter((other) => other !== entry)),
      );
      expect(isWaiting() && asksForNothing(request)).toBe(false);
    } else if (step.kind === "release" && held.length > 0) {
      const [allocation] = held.splice(step.which % held.length, 1);
      manager.release(allocation!);
      manager.release(allocation!);
    } else if (step.kind === "abort" && waiting.length > 0) {
      waiting[step.which % waiting.length]!.abort.abort();
    }
    await settled();
    check(manager, held, waiting, policy);
  }
  for (const { abort } of waiting) abort.abort();
  await settled();
  for (const allocation of held) manager.release(allocation);
  expect(manager.available()).toEqual(manager.total());
  expect(manager.waiting).toEqual([]);
}

function check(
  manager: ResourceManager,
  held: readonly Allocation[],
  waiting: readonly Waiting[],
  policy: Policy,
): void {
  const room = roomBeside(held);
  const available = manager.available();
  for (const [id, { cpu, memory, gpus }] of Object.entries(room)) {
    expect(Math.min(cpu, memory, ...gpus)).toBeGreaterThanOrEqual(0);
    expect(available.hosts[id]).toMatchObject({ cpu: cpu / 10, memory, gpu: sum(gpus) / 10 });
  }
  expect(manager.waiting.map(({ request }) => request)).toEqual(waiting.map(({ request }) => request));
  // The first in line waits only for what is not free.
  const [first] = waiting;
  if (first && policy.name !== "idle") {
    expect(Object.values(room).some((each) => fits(each, first.request))).toBe(false);
  }
}

/** What hosts have left beside these allocations. */
function roomBeside(held: readonly Allocation[]): Record<string, Room> {
  const room = Object.fromEntries(
    Object.entries(sizes).map(([id, { cpu, memory, gpus }]) => [
      id,
      { cpu: cpu * 10, memory, gpus: new Array<number>(gpus).fill(10) },
    ]),
  );
  for (const { host, cpu, memory, gpus } of held) {
    room[host]!.cpu -= Math.round(cpu * 10);
    room[host]!.memory -= memory;
    for (const { index, share } of gpus) room[host]!.gpus[index]! -= Math.round(share * 10);
  }
  return room;
}

function fits({ cpu, memory, gpus }: Room, request: ResourceRequest): boolean {
  const { gpu = 0 } = request;
  const devices =
    gpu < 1
      ? gpus.some((free) => free >= Math.round(gpu * 10))
      : gpus.filter((free) => free === 10).length >= gpu;
  return (
    (gpu === 0 || devices) &&
    cpu >= Math.round((request.cpu ?? 0) * 10) &&
    memory >= Number(request.memory ?? 0)
  );
}

/** `idle()` needs pools: each device is one pool's, so that devices are what the model thinks they are. */
function hostsFor(policy: Policy) {
  return Object.entries(sizes).map(([id, size]) => ({
    id,
    ...size,
    labels: ["all"],
    ...(policy.name === "idle"
      ? { pools: [0, 1, 2].map((index) => ({ id: `${id}-${index}`, index, load: 0 })) }
      : {}),
  }));
}

function asksForNothing({ cpu, memory, gpu }: ResourceRequest): boolean {
  return cpu === 0 && memory === 0 && gpu === 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Everything that is resolved has been told. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
