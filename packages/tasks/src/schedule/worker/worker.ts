import type { TaskNeeds } from "../amounts.js";

/** Something that runs tasks, several at a time if it has room: a pool, or the share of one in a bundle. */
export interface Worker {
  /** Nobody else's. */
  readonly name: string;
  readonly host: string;
  readonly capacity: TaskNeeds;
  /** The bundle of a placement group that the capacity is of: then it runs tasks of that bundle alone. */
  readonly bundle?: { readonly group: string; readonly bundle: number } | undefined;
}
