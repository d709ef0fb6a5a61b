import type { Estimate } from "../durations.js";
import type { QueuedTask } from "../task.js";
import type { WorkerState } from "../worker/worker-state.js";
import type { Line } from "./line.js";

/**
 * - `queued`: in its line, at no worker.
 * - `waiting`: at a worker, behind others.
 * - `running`: has all that it needs.
 * - `blocked`: waits for another task, and has lent its cores meanwhile.
 * - `resuming`: is to go on, and waits for its cores.
 */
export type TaskState = "queued" | "waiting" | "running" | "blocked" | "resuming";

/** A task as the scheduler has it; while it is queued, a link of its line. */
export class TaskRecord {
  state: TaskState = "queued";
  worker: WorkerState | undefined = undefined;
  /** Milliseconds that it was thought to take when it was given to its worker; `Infinity`: nobody knew. */
  expected = Infinity;
  /** Whether its worker was asked to give it back. */
  recalled = false;
  previous: TaskRecord | undefined = undefined;
  next: TaskRecord | undefined = undefined;

  constructor(
    readonly task: QueuedTask,
    /** Where it waits, or did last. */
    public line: Line,
    /** How long tasks of its function take. */
    readonly estimate: Estimate,
    /** Its place in the order of submission. */
    readonly order: number,
  ) {}
}
