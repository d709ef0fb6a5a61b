/**
 * Remote functions: a function of a module becomes a task, which pools run; its results are objects.
 *
 * ```ts
 * // add.ts
 * import { defineTask } from "@troupe/tasks";
 *
 * export const add = defineTask(function add(a: number, b: number) { return a + b; }, { module: import.meta.url });
 * export const square = defineTask(function square(n: number) { return n * n; }, { module: import.meta.url });
 * ```
 *
 * ```ts
 * import { objects } from "@troupe/objects";
 * import { startTasks } from "@troupe/tasks";
 * import { add, square } from "./add.js";
 *
 * await using cluster = await startTasks({ pools: 2 });
 * const sum = add.submit(add.submit(1, 2), 3); // a ref: the first result goes where it is needed
 * console.log(await objects.get(sum)); // 6
 * for await (const n of square.with({ retries: 3 }).map([1, 2, 3])) console.log(n); // 1, 4, 9
 * ```
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
export { cancel } from "./cancel.js";
export { defineTask } from "./define-task.js";
export { type AnyFunction, type DefineTaskOptions, type TaskDefinition } from "./definition/definition.js";
export {
  checkTaskOptions,
  type RetryRule,
  taskOptionNames,
  type TaskOptions,
} from "./definition/task-options.js";
export type { TaskStats } from "./driver/task-stats.js";
export { isTaskThread, openTasksWith } from "./hooks.js";
export { poolProgram, TaskRuntime } from "./runtime.js";
export { startTasks, type TaskSystem } from "./task-system.js";
export type {
  TaskMapOptions,
  Submitted,
  SubmittedMany,
  Task,
  TaskArg,
  TaskArgs,
  TaskMap,
  TaskMembers,
} from "./types.js";

export { TaskScheduler } from "./schedule/scheduler.js";
export type { LostTask, SchedulerStats } from "./schedule/report.js";
export type { TaskNeeds } from "./schedule/amounts.js";
export type { QueuedTask, Scheduling, TaskArgument } from "./schedule/task.js";
export type { TaskState } from "./schedule/line/task-record.js";
export type { Worker } from "./schedule/worker/worker.js";
export type { Decision } from "./schedule/decision.js";
export type { Prefetch } from "./schedule/prefetch.js";
