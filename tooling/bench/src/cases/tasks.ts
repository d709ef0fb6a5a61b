import type { BenchCase } from "../case.js";
import { rayTasks } from "../peers/python.js";
import { piscinaTasks, workerpoolTasks } from "../peers/worker-pools.js";
import { troupeTasks } from "../troupe/tasks.js";

/**
 * Tasks, each of which returns a small value. Cases of Ray's own microbenchmark have its names; its clients are tasks
 * and actors of one driver, as they are here. The figures in comments are those of the machine of the page.
 */
export const taskCases: readonly BenchCase[] = [
  {
    group: "tasks",
    name: "single client tasks sync",
    unit: "ops/s",
    batch: 100,
    latency: true,
    // 30,000/s: by Piscina's 35,000/s, by Ray's 821/s.
    reach: [
      { of: "Piscina (threads)", ratio: 0.857 },
      { of: "Piscina (threads)", ratio: 0.857, by: "p50" },
      { of: "Ray", ratio: 36.5 },
    ],
    contenders: [troupeTasks("tasksSync"), piscinaTasks(1), workerpoolTasks(1), rayTasks.speed("tasksSync")],
  },
  {
    group: "tasks",
    name: "single client tasks async",
    unit: "ops/s",
    batch: 1000,
    // 150,000/s: by Piscina's 74,600/s, by Ray's 3,564/s.
    reach: [
      { of: "Piscina (threads)", ratio: 2 },
      { of: "Ray", ratio: 42 },
    ],
    contenders: [
      troupeTasks("tasksAsync"),
      piscinaTasks(1000),
      workerpoolTasks(1000),
      rayTasks.speed("tasksAsync"),
    ],
  },
  {
    group: "tasks",
    name: "single client tasks and get batch",
    unit: "ops/s",
    contenders: [troupeTasks("tasksBatch"), rayTasks.speed("tasksBatch")],
  },
  {
    group: "tasks",
    name: "multi client tasks async",
    unit: "ops/s",
    batch: 4000,
    contenders: [troupeTasks("multiTasksAsync"), rayTasks.speed("multiTasksAsync")],
  },
  {
    group: "tasks",
    name: "single client wait 1k refs",
    unit: "ops/s",
    // 100/s, by Ray's 1.6/s.
    reach: { of: "Ray", ratio: 62 },
    contenders: [troupeTasks("wait"), rayTasks.speed("wait")],
  },
];
