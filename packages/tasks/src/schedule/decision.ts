import type { TroupeError } from "@troupe/core";

import type { QueuedTask } from "./task.js";

/** What is to be done now; in this order. */
export type Decision =
  /** The worker has room for the task. */
  | { readonly kind: "start"; readonly task: QueuedTask; readonly worker: string }
  /**
   * The task is to lie at the worker, which starts it when those that it was given before have left room. Workers
   * start what lies there in the order in which they got it, as soon as the first of it fits.
   */
  | { readonly kind: "queue"; readonly task: QueuedTask; readonly worker: string }
  /** A task that had been blocked has its cores again. */
  | { readonly kind: "resume"; readonly task: QueuedTask; readonly worker: string }
  /**
   * The worker is to give the task back unless it has begun, since others are idle. Tell `returned()` which were
   * given back; of the others nothing need be said until they have finished.
   */
  | { readonly kind: "recall"; readonly task: QueuedTask; readonly worker: string }
  /** No worker can ever run the task, since one has left. It is forgotten. */
  | { readonly kind: "refuse"; readonly task: QueuedTask; readonly error: TroupeError };
