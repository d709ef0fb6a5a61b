import type { Policy } from "./policy/policy.js";

/** How much is asked for; what is absent is 0. */
export interface RequestedAmounts {
  /** Cores; fractions to 0.0001. */
  readonly cpu?: number | undefined;
  /** Devices: a share of one (below 1), or a whole number, which nobody shares. */
  readonly gpu?: number | undefined;
  /** Bytes, or a text such as `512MiB`. */
  readonly memory?: number | string | undefined;
  /** Custom resources by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /** Only pools with this label, and hosts with it. */
  readonly label?: string | undefined;
}

/** What is asked of a `ResourceManager`. */
export interface ResourceRequest extends RequestedAmounts {
  /** Chooses among the places where it fits. Default: the manager's. */
  readonly policy?: Policy | undefined;
  /** Take it from this placement group: its id. */
  readonly group?: string | undefined;
  /** From this bundle of the group, counted from 0. Default: the first in which it fits. */
  readonly bundle?: number | undefined;
  /** Who will hold the allocation: an id of the asker's choosing. */
  readonly owner?: string | undefined;
  /** Who cannot go on before it is granted. Default: `owner`. Wait-for cycles are found between these two. */
  readonly by?: string | undefined;
}
