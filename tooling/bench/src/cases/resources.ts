import { type Policy, ResourceManager, spread } from "@troupe/resources";

import type { BenchCase, Contender } from "../case.js";
import { ray } from "../peers/python.js";

const cores = 16;
const bundles = Array.from({ length: 4 }, () => ({ cpu: 1 }));

function hosts(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `host-${index}`, cpu: cores, memory: "64GiB" }));
}

/** Placement groups, made and removed one after the other. */
function groups(count: number, name: string, role: Contender["role"]): Contender {
  return {
    name,
    role,
    setup() {
      const manager = new ResourceManager({ hosts: hosts(count) });
      return {
        async run(n) {
          for (let i = 0; i < n; i++) (await manager.placementGroup(bundles, "pack")).remove();
        },
        teardown: () => manager.close(),
      };
    },
  };
}

/** Allocations of a share of a host, half of which are full. */
function allocations(count: number, name: string, role: Contender["role"], policy?: Policy): Contender {
  return {
    name,
    role,
    setup() {
      const manager = new ResourceManager({ hosts: hosts(count) });
      for (let i = 0; i < count / 2; i++) manager.tryAllocate({ cpu: cores });
      return {
        run(n) {
          for (let i = 0; i < n; i++)
            manager.release(manager.tryAllocate({ cpu: 0.5, memory: 1e6, policy })!);
        },
        teardown: () => manager.close(),
      };
    },
  };
}

/** The plainest first fit: an array of free cores, looked through from the start. */
function firstFit(count: number): Contender {
  return {
    name: "first fit in an array",
    role: "raw",
    setup() {
      const free = Array.from({ length: count }, (_, index) => (index < count / 2 ? 0 : cores));
      return {
        run(n) {
          for (let i = 0; i < n; i++) {
            const host = free.findIndex((cpu) => cpu >= 0.5);
            free[host]! -= 0.5;
            free[host]! += 0.5;
          }
        },
        teardown: () => undefined,
      };
    },
  };
}

/** What it costs to find room, and whether that grows with the number of hosts. */
export const resourceCases: readonly BenchCase[] = [
  {
    group: "resources",
    name: "placement group of 4, made and removed",
    unit: "ops/s",
    batch: 100,
    // 20,000/s: by Ray's 818/s.
    reach: [{ of: "Ray", ratio: 24 }],
    contenders: [
      groups(4, "Troupe", "troupe"),
      groups(1_000, "1,000 hosts", "baseline"),
      ray.speed("placement_group"),
    ],
  },
  {
    group: "resources",
    name: "allocation, made and released, 1,000 hosts",
    unit: "ops/s",
    batch: 1_000,
    // Cost does not grow with the number of hosts.
    reach: [{ of: "4 hosts", ratio: 0.5 }],
    contenders: [
      allocations(1_000, "Troupe", "troupe"),
      allocations(4, "4 hosts", "baseline"),
      allocations(1_000, "by spread()", "baseline", spread()),
      firstFit(1_000),
    ],
  },
];
