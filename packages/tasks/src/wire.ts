import type { ObjectRef } from "@troupe/objects";

import type { SharedNeeds } from "./definition/plan.js";
import type { TaskNeeds } from "./schedule/amounts.js";
import type { StoredArgument } from "./driver/leases.js";
import type { Scheduling } from "./schedule/task.js";
import type { Form } from "./values/form.js";

/** System requests between whoever submits a task and the pool that runs it. */
export const runOp = "task-run";
export const endOp = "task-end";
/** System request: whoever has a result of a task wants it no more. */
export const cancelOp = "task-cancel";
/** System requests between a pool that submits tasks and the driver, which says where they may run. */
export const leaseOp = "task-lease";
export const grantOp = "task-grant";
/** Asked of a pool by the driver, to see whether it listens. */
export const listenOp = "task-listen";
/** Asks the head how many tasks there are: `TaskStats`. */
export const statsOp = "task-stats";

/** What a pool is told by one who submits. Numbers of runs are the submitter's, for that pool, and grow. */
export type ToWorker =
  /** Runs of one task, in order. */
  | readonly ["run", module: string, name: string, options: RunOptions, runs: readonly RunForm[]]
  /** Nobody wants the run any more. */
  | readonly ["abort", run: number]
  /** To be given back unless it has begun. */
  | readonly ["recall", run: number]
  /** There is room for so many more items of its stream. */
  | readonly ["credit", run: number, items: number];

export interface RunOptions {
  readonly cpu?: number;
  readonly returns?: number;
  readonly isThread?: boolean;
  /** Whether its beginning is to be told, as it has a limit. */
  readonly isTimed?: boolean;
}

/**
 * @param skip Items of a stream that were had from an earlier run.
 * @param devices GPUs that it has.
 */
export type RunForm = readonly [
  run: number,
  args: readonly Form[],
  refs?: readonly ObjectRef[] | null,
  skip?: number | null,
  devices?: readonly string[],
];

/** What a pool tells one who submitted. */
export type FromWorker =
  | readonly [
      "done",
      run: number,
      ms: number,
      form: Form | readonly Form[],
      refs?: readonly ObjectRef[] | null,
    ]
  | readonly ["failed", run: number, ms: number, error: Error]
  /** The memory of one of its arguments is lost: it has not begun. */
  | readonly ["lost", run: number, index: number, error: Error]
  /** This run and all before it may have begun. */
  | readonly ["began", run: number]
  /** Given back: it has not begun, and will not. */
  | readonly ["returned", run: number]
  /** It waits for others, and lends its cores meanwhile; or does so no more. */
  | readonly ["waits" | "goes-on", run: number]
  | readonly ["items", run: number, forms: readonly Form[], refs?: readonly ObjectRef[] | null];

/** What a pool asks of the driver about its tasks, by its own numbers for them. */
export type ToDriver =
  | readonly [
      "request",
      task: number,
      fn: string,
      needs: TaskNeeds,
      scheduling: Scheduling,
      args: readonly StoredArgument[] | null,
      shared: SharedNeeds | null,
      isAgain: boolean,
    ]
  | readonly ["cancel" | "blocked" | "unblocked", task: number]
  | readonly ["stuck", worker: string]
  | readonly ["finished", task: number, ms: number];

/** What the driver says. */
export type FromDriver =
  | readonly ["granted", task: number, worker: string, devices?: readonly string[]]
  | readonly ["refused", task: number, error: Error]
  | readonly ["recall", task: number];
