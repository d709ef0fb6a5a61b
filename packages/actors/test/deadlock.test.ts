import { noLeftovers, waitUntil } from "@troupe/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ActorOptions, actorOf, kill } from "../src/index.js";
import { Link, Meeting, Starter } from "./programs/links.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

const deadlock = expect.objectContaining({ code: "ERR_DEADLOCK", retryable: false }) as unknown;

async function link(pool: string, options: ActorOptions = {}): Promise<Ref> {
  return (await running.system.create(Link, [], { pool, ...options })) as Ref;
}

async function meetingOf(size: number): Promise<Ref> {
  return (await running.system.create(Meeting, [size], { pool: "driver-0" })) as Ref;
}

const pathOf = (ref: Ref) => actorOf(ref).path;

/** Where the actors of a circle live: one after the other. */
const layouts = [
  { where: "in one other process", pools: ["pool-0"] },
  { where: "in the same process", pools: ["driver-0"] },
  { where: "in two pools", pools: ["pool-0", "pool-1"] },
  { where: "in two pools and the driver", pools: ["driver-0", "pool-0", "pool-1"] },
] as const;

describe.each(layouts)("a call that comes back to an actor that waits for it, $where", ({ pools }) => {
  const at = (index: number) => pools[index % pools.length]!;

  it.each([1, 2, 3, 5])("fails at once, through %i actors, and says by which way it came", async (length) => {
    const links = await Promise.all(Array.from({ length }, (_, index) => link(at(index))));
    const [first] = links;
    const failure = (await failureOf(first!["pass"]([...links.slice(1), first]))) as Error;
    expect(failure).toEqual(deadlock);
    const cycle = [...links, first!].map((ref) => `${pathOf(ref)}.pass()`);
    expect(failure).toMatchObject({ details: { actor: actorOf(first!).id, method: "pass", cycle } });
    expect(failure.message).toContain(cycle.join(" → "));
    expect(failure.message).toContain('reentrant: "chain"');
    expect(await first!["note"]("goes on")).toBe("goes on");
  });

  it("is found whatever it is: a property, a batch, a call with options", async () => {
    const [a, b] = [await link(at(0)), await link(at(1))];
    expect(await failureOf(a["readThrough"](b))).toEqual(deadlock);
    expect(await failureOf(a["batchThrough"](b, ["x", "y"]))).toEqual(deadlock);
    expect(await failureOf(a["timedThrough"](b))).toEqual(deadlock);
    expect(await a["read"]()).toEqual([]);
  });

  it("is none once nobody waits for it any more", async () => {
    const [a, b] = [await link(at(0)), await link(at(1))];
    const held = a["holdAfter"](b, "x");
    const left = a["note"]("behind");
    await waitUntil(async () => ((await a["read"]()) as string[]).includes("begin x"), {
      what: "it to hold",
    });
    await a["release"]("x");
    expect(await held).toBe("x");
    expect(await left).toBe("behind");
    await waitUntil(async () => ((await a["read"]()) as string[]).length === 5, { what: "what was left" });
    expect(((await a["read"]()) as string[]).toSorted()).toEqual(
      ["begin x", "behind", "end x", "left at once", "left later"].toSorted(),
    );
  });

  it("waits while one slot of its actor may still be free for it", async () => {
    const [a, b] = [
      await link(at(0), { concurrency: { default: 2, besides: "unbounded" } }),
      await link(at(1)),
    ];
    const held = a["hold"]("x");
    const passed = a["pass"]([b, a]);
    await waitUntil(async () => ((await a["read"]()) as string[]).includes("in 2"), { what: "it to call" });
    await waitUntil(async () => ((await b["read"]()) as string[]).includes("in 1"), {
      what: "it to be called",
    });
    await a["release"]("x");
    expect(await passed).toEqual([a, b, a].map(pathOf));
    expect(await held).toBe("x");
  });
});

const circles = layouts.flatMap((layout) => [2, 3, 6].map((length) => ({ ...layout, length })));

describe("calls of different callers that wait for each other", () => {
  it.concurrent.each(circles)(
    "are found out, $length of them $where, and one alone fails",
    async (circle) => {
      const { pools, length } = circle;
      const meeting = await meetingOf(length);
      const links = await Promise.all(
        Array.from({ length }, (_, index) => link(pools[index % pools.length]!)),
      );
      const calls = links.map(
        (ref, index) =>
          ref["meetAndCall"](meeting, [links[(index + 1) % length]!]) as Promise<
            { code: string; cycle: string[] }[]
          >,
      );
      const failed = (await Promise.all(calls)).flat();
      expect(failed).toHaveLength(1);
      const [{ code, cycle }] = failed as [(typeof failed)[0]];
      expect(code).toBe("ERR_DEADLOCK");
      for (const ref of links) {
        expect(cycle).toContain(`${pathOf(ref)}.meetAndCall()`);
        if (length === 2) continue;
        expect(cycle.filter((call) => call === `${pathOf(ref)}.meetAndCall()`)).toHaveLength(1);
      }
      const notes = await Promise.all(links.map((ref) => ref["read"]() as Promise<string[]>));
      expect(notes.flat()).toHaveLength(length - 1);
    },
  );
});

it("a call that waits behind a circle, and is none of it, goes on once one of those has failed", async () => {
  const meeting = await meetingOf(2);
  const [a, b, c] = [await link("pool-0"), await link("pool-1"), await link("pool-1")];
  const crossing = [a["meetAndCall"](meeting, [b]), b["meetAndCall"](meeting, [a])];
  const outside = a["note"]("from outside");
  const through = c["pass"]([a]);
  const failed = (await Promise.all(crossing)).flat();
  expect(failed).toHaveLength(1);
  expect(await outside).toBe("from outside");
  expect(await through).toEqual([c, a].map(pathOf));
});

it("calls that wait for one that goes on by itself are left alone, however long that takes", async () => {
  const [a, b, c] = [await link("pool-0"), await link("pool-1"), await link("driver-0")];
  const held = c["hold"]("x");
  const chains = [a["pass"]([b, c]), a["pass"]([b]), b["pass"]([c])] as const;
  await waitUntil(async () => ((await b["read"]()) as string[]).length > 0, { what: "them to wait" });
  // Circles that come later are found, so that what waited before them was looked at twice.
  for (let i = 0; i < 2; i++) {
    const meeting = await meetingOf(2);
    const [one, other] = [await link("pool-0"), await link("pool-1")];
    const failed = await Promise.all([
      one["meetAndCall"](meeting, [other]),
      other["meetAndCall"](meeting, [one]),
    ]);
    expect(failed.flat()).toHaveLength(1);
  }
  await c["release"]("x");
  expect(await held).toBe("x");
  expect(await Promise.all(chains)).toEqual([[a, b, c].map(pathOf), [a, b].map(pathOf), [b, c].map(pathOf)]);
});

it("a circle ends also when one of its actors is killed, and nothing else fails", async () => {
  const meeting = await meetingOf(2);
  const [a, b] = [await link("pool-0"), await link("pool-1")];
  const calls = [a["meetAndPass"](meeting, [b]), b["meetAndPass"](meeting, [a])];
  const settled = Promise.allSettled(calls);
  await waitUntil(async () => (await meeting["size"]) === 2, { what: "both to be there" });
  await kill(a);
  const [first, second] = await settled;
  expect(first).toMatchObject({ reason: { code: "ERR_ACTOR_DIED" } });
  expect(second).toMatchObject({ status: "rejected" });
  expect(await b["note"]("goes on")).toBe("goes on");
});

describe.each(routes)("an actor $route", ({ pool }) => {
  it("that waits in its onStart for a call that comes back to it hears of it", async () => {
    const other = await link("pool-1");
    const starter = (await running.system.create(Starter, [other], { pool })) as Ref;
    expect(await starter["failure"]).toBe("ERR_DEADLOCK");
  });
});

it("a chain that is none is ERR_PROTOCOL for its call, and for no other", async () => {
  const { node } = running.system.runtime;
  const ref = await link("pool-0");
  const { id: actor } = actorOf(ref);
  const send = (chain: unknown) =>
    new Promise((resolve, reject) => {
      const id = node.pending.open("pool-0", resolve, reject);
      void node.transport.send("pool-0", [1, id, actor, "note", ["x"], null, chain]);
    });
  for (const chain of ["chain", [1], [1, "2"], { 0: 1 }, Array.from({ length: 4_098 }, () => 1)]) {
    const [bad, good] = await Promise.allSettled([send(chain), send([7, 8])]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "ERR_PROTOCOL" } });
    expect(good).toEqual({ status: "fulfilled", value: "x" });
  }
});

/** For each actor, those that it calls at once. */
const plans = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 2 }), { minLength: 2, maxLength: 8 });

it("of any calls between actors of several processes those fail that are in a circle, until all others are over", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(plans, { minLength: 20, maxLength: 20 }), async (graphs) => {
      await Promise.all(graphs.map(expectToEnd));
    }),
    { numRuns: 1 },
  );
});

async function expectToEnd(plan: readonly (readonly number[])[]): Promise<void> {
  const size = plan.length;
  const calls = plan.map((others) => [...new Set(others.map((other) => other % size))]);
  const pools = ["pool-0", "pool-1", "driver-0"];
  const links = await Promise.all(calls.map((_, index) => link(pools[index % pools.length]!)));
  const meeting = await meetingOf(size);
  const outcomes = await Promise.all(
    links.map(async (ref, index) => {
      const others = calls[index]!.map((other) => links[other]!);
      return (await ref["meetAndCall"](meeting, others)) as { code: string; to: string }[];
    }),
  );
  outcomes.forEach((failed, from) => {
    for (const { code, to } of failed) {
      expect(code).toBe("ERR_DEADLOCK");
      const target = links.findIndex((ref) => pathOf(ref) === to);
      expect(reaches(calls, target, from), `${to} waits for ${from} in turn`).toBe(true);
    }
    // Who calls one other, and is in a circle with it, is so in no other: of each such circle one call fails.
    if (calls.every((others) => others.length <= 1)) expect(failed.length).toBeLessThanOrEqual(1);
  });
  if (calls.every((others) => others.length <= 1)) {
    const circles = new Set(
      calls.flatMap((others, from) => {
        if (others.length === 0 || !reaches(calls, others[0]!, from)) return [];
        return [
          Math.min(...[...calls.keys()].filter((k) => reaches(calls, from, k) && reaches(calls, k, from))),
        ];
      }),
    );
    expect(outcomes.flat()).toHaveLength(circles.size);
  }
}

/** Whether one actor waits for the other, through any number of others. */
function reaches(calls: readonly (readonly number[])[], from: number, to: number): boolean {
  const rest = [from];
  const seen = new Set(rest);
  for (const at of rest) {
    if (at === to) return true;
    for (const next of calls[at]!) {
      if (seen.has(next)) continue;
      seen.add(next);
      rest.push(next);
    }
  }
  return false;
}
