// How fast places are found and given back, beside the least that could be done: a plain loop over an array of
// hosts that takes the first with enough cores. Run it with `pnpm bench`; nothing else should run meanwhile.
import { bench, describe } from "vitest";

import { idle, type Policy, ResourceManager, spread } from "../src/index.js";

const options = { time: 1000, warmupTime: 300 };

function hosts(count: number) {
  return Array.from({ length: count }, (_, i) => ({ id: `h${i}`, cpu: 16, memory: "64GiB" }));
}

/** The plainest first fit: an array of numbers. */
function baseline(count: number) {
  const free = new Array<number>(count).fill(16);
  return {
    take(cpu: number): number {
      for (let i = 0; i < free.length; i++) {
        if (free[i]! < cpu) continue;
        free[i]! -= cpu;
        return i;
      }
      return -1;
    },
    give(host: number, cpu: number): void {
      free[host]! += cpu;
    },
  };
}

describe.each([4, 100, 1000])(
  "an allocation, pack(), made and released: %i hosts, half of them full",
  (count) => {
    const manager = new ResourceManager({ hosts: hosts(count) });
    const plain = baseline(count);
    for (let i = 0; i < count / 2; i++) {
      manager.tryAllocate({ cpu: 16 });
      plain.take(16);
    }
    bench("troupe", () => manager.release(manager.tryAllocate({ cpu: 0.5, memory: 1e6 })!), options);
    bench("plain loop", () => plain.give(plain.take(0.5), 0.5), options);
  },
);

describe.each([2, 8, 64])("an actor placed in one of %i pools, and released", (count) => {
  const pools = Array.from({ length: count }, (_, index) => ({ id: `p${index}`, index, load: index % 3 }));
  const manager = new ResourceManager({ hosts: [{ id: "a", cpu: 64, memory: "64GiB", pools }] });
  const loads = pools.map(({ load }) => load);
  const place = (policy?: Policy) => manager.release(manager.tryAllocate({ policy })!);
  const [turns, empty] = [spread(), idle()];
  bench("troupe, pack()", () => place(), options);
  bench("troupe, spread()", () => place(turns), options);
  bench("troupe, idle()", () => place(empty), options);
  bench(
    "plain loop",
    () => {
      let best = 0;
      for (let i = 1; i < loads.length; i++) if (loads[i]! < loads[best]!) best = i;
      loads[best]!++;
      loads[best]!--;
    },
    options,
  );
});

describe.each([4, 1000])("a placement group of 4 bundles, made and removed: %i hosts", (count) => {
  const manager = new ResourceManager({ hosts: hosts(count) });
  const plain = baseline(count);
  const bundles = [{ cpu: 1 }, { cpu: 1 }, { cpu: 1 }, { cpu: 1 }];
  for (const strategy of ["pack", "spread", "strict-pack", "strict-spread"] as const) {
    bench(
      `troupe, ${strategy}`,
      async () => {
        (await manager.placementGroup(bundles, strategy)).remove();
      },
      options,
    );
  }
  bench(
    "plain loop",
    () => {
      const taken = bundles.map(({ cpu }) => plain.take(cpu));
      for (const host of taken) plain.give(host, 1);
    },
    options,
  );
});
