import type { BenchCase } from "../case.js";
import { rayTasks } from "../peers/python.js";
import { memcpy, memcpyTime, plainCalls } from "../raw/limits.js";
import { troupeTasks, troupeTasksGauge } from "../troupe/tasks.js";

const MiB = 1024 * 1024;

/**
 * Objects in shared memory. Cases of Ray's own microbenchmark have its names. The figures in comments are those of the
 * machine of the page.
 */
export const objectCases: readonly BenchCase[] = [
  {
    group: "objects",
    name: "single client get calls (Plasma Store)",
    unit: "ops/s",
    batch: 1000,
    // 1 M/s: by Ray's 28,953/s, by the 28 M/s of a plain async call.
    reach: [
      { of: "Ray", ratio: 34.5 },
      { of: "plain async call", ratio: 0.036 },
    ],
    contenders: [troupeTasks("getSmall"), plainCalls, rayTasks.speed("getSmall")],
  },
  {
    group: "objects",
    name: "single client put calls (Plasma Store)",
    unit: "ops/s",
    batch: 1000,
    // 300,000/s: by Ray's 4,245/s, by the 28 M/s of a plain async call.
    reach: [
      { of: "Ray", ratio: 70 },
      { of: "plain async call", ratio: 0.0107 },
    ],
    contenders: [troupeTasks("putSmall"), plainCalls, rayTasks.speed("putSmall")],
  },
  {
    group: "objects",
    name: "multi client put calls (Plasma Store)",
    unit: "ops/s",
    batch: 1000,
    contenders: [troupeTasks("multiPutSmall"), rayTasks.speed("multiPutSmall")],
  },
  {
    group: "objects",
    name: "single client put gigabytes",
    unit: "MB/s",
    bytes: 800 * MiB,
    // An array of 800 MiB, copied once.
    reach: { of: "memcpy", ratio: 0.9 },
    contenders: [troupeTasks("putGigabytes"), memcpy(800 * MiB), rayTasks.speed("putGigabytes")],
  },
  {
    group: "objects",
    name: "multi client put gigabytes",
    unit: "MB/s",
    bytes: 80 * MiB,
    batch: 100,
    contenders: [troupeTasks("multiPutGigabytes"), memcpy(80 * MiB), rayTasks.speed("multiPutGigabytes")],
  },
  {
    group: "objects",
    name: "put an array of alloc(), 800 MiB",
    unit: "ms",
    // No copy: at most a hundredth of the time of one.
    reach: { of: "memcpy", ratio: 0.01 },
    contenders: [troupeTasksGauge("putAllocated"), memcpyTime(800 * MiB)],
  },
  {
    group: "objects",
    name: "get 64 MiB in another process, first",
    unit: "ms",
    // 20 µs: where memcpy, at 16 GB/s, takes 4.2 ms.
    reach: { of: "memcpy", ratio: 0.0048 },
    contenders: [troupeTasksGauge("getLargeFirst"), memcpyTime(64 * MiB), rayTasks.gauge("getLargeFirst")],
  },
  {
    group: "objects",
    name: "get 64 MiB in another process, later",
    unit: "MB/s",
    bytes: 64 * MiB,
    batch: 100,
    reach: { of: "memcpy", ratio: 210 },
    contenders: [troupeTasks("getLargeAgain"), memcpy(64 * MiB), rayTasks.speed("getLargeAgain")],
  },
  {
    group: "objects",
    name: "single client get object containing 10k refs",
    unit: "ops/s",
    // 200/s, by Ray's 22/s.
    reach: { of: "Ray", ratio: 9 },
    contenders: [troupeTasks("getRefs"), rayTasks.speed("getRefs")],
  },
];
