import type { Memory } from "./memory/memory.js";
import type { ObjectPort } from "./port.js";

/** What the objects of a process are among. */
export interface Surroundings {
  /** Name of this process in its cluster. */
  readonly self: string;
  /** The store of this host. */
  readonly memory: Memory;
  /** The cluster that a message came from; the one joined last when that is not known, `undefined` when there is none. */
  portOf(context: unknown): ObjectPort | undefined;
}
