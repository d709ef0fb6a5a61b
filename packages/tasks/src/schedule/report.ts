import type { TaskState } from "./line/task-record.js";
import type { QueuedTask } from "./task.js";

/** A task that was at a worker when that left. */
export interface LostTask {
  readonly task: QueuedTask;
  /** As far as was told. A `waiting` one may have begun a moment ago. */
  readonly state: Exclude<TaskState, "queued">;
}

/** How many tasks are in which state. */
export interface SchedulerStats extends Readonly<Record<TaskState, number>> {
  readonly workers: number;
  /** Those that have tasks here. */
  readonly submitters: number;
}
