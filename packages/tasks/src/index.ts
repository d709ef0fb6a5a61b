/**
 * Remote functions: where and when each of their runs starts, and what becomes of it.
 *
 * The scheduler decides where and when. It is told what happens, and says what is to be done:
 *
 * ```ts
 * import { TaskScheduler } from "@troupe/tasks";
 *
 * const scheduler = new TaskScheduler();
 * const capacity = { cpu: 1, gpu: 0, memory: 0, resources: {} };
 * scheduler.addWorker({ name: "pool-0", host: "a", capacity });
 * scheduler.submit({ id: 1, submitter: "driver", needs: capacity, scheduling: "fifo" });
 * scheduler.submit({ id: 2, submitter: "driver", needs: capacity, scheduling: "fifo" });
 * console.log(scheduler.next()); // start 1 at pool-0
 * scheduler.finished(1, 12);
 * console.log(scheduler.next()); // start 2 at pool-0
 * ```
 *
 * @module
 */
export { TaskScheduler } from "./schedule/scheduler.js";
export type { LostTask, SchedulerStats } from "./schedule/report.js";
export type { TaskNeeds } from "./schedule/amounts.js";
export type { QueuedTask, Scheduling, TaskArgument } from "./schedule/task.js";
export type { TaskState } from "./schedule/line/task-record.js";
export type { Worker } from "./schedule/worker/worker.js";
export type { Decision } from "./schedule/decision.js";
export type { Prefetch } from "./schedule/prefetch.js";
