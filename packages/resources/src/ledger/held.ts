import type { Allocation } from "../allocation.js";
import type { Devices } from "../host/capacity.js";
import type { HostPlace, HostState } from "../host/host-state.js";
import type { Need } from "../need.js";
import type { BundleState } from "./bundle-state.js";

/** Where something is taken from: a host, or what is set aside there for a bundle. */
export type Source = HostState | BundleState;

/** Something that was taken from a source, and not given back yet. */
export interface Holding {
  readonly owner: string | undefined;
  readonly source: Source;
  readonly need: Need;
  readonly devices: Devices;
}

/** An allocation as the ledger keeps it. */
export interface Held extends Holding {
  /** The host itself once the placement group is removed that it was taken from. */
  source: Source;
  readonly allocation: Allocation;
  readonly place: HostPlace;
}
