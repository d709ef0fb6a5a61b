import type { TaskNeeds } from "./amounts.js";

/** Where a task may start, and where it had better. */
export type Scheduling =
  /** Wherever there is room, workers in turn. */
  | "fifo"
  /** On the host that has most bytes of its arguments; elsewhere only when a worker there has nothing else to do. */
  | "locality"
  /** On the host with the fewest tasks. */
  | "spread"
  /** On that host and no other. */
  | { readonly host: string }
  /** From that bundle of a placement group. */
  | { readonly group: string; readonly bundle: number };

/** An argument that is an object somewhere. */
export interface TaskArgument {
  readonly bytes: number;
  readonly host: string;
  /** The worker that has it in its own memory, if one has. */
  readonly pool?: string | undefined;
}

/** What the scheduler is told of a task. The object is kept, and is what decisions name. */
export interface QueuedTask {
  /** Nobody else's among the tasks that the scheduler has. */
  readonly id: number;
  /** Who submits it: fairness is among these. */
  readonly submitter: string;
  /** What it runs: how long tasks of that name took says how long this one may. Default: nobody knows. */
  readonly fn?: string | undefined;
  /** Tasks with equal needs wait in one line; the same object each time is the quickest to recognise. */
  readonly needs: TaskNeeds;
  readonly scheduling: Scheduling;
  readonly args?: readonly TaskArgument[] | undefined;
}
