import { Capacity, type Devices } from "../host/capacity.js";
import type { HostState } from "../host/host-state.js";
import type { Need } from "../need.js";
import type { Held } from "./held.js";

/** What is set aside on a host for one bundle of a placement group. Requests of the group are served from it. */
export class BundleState {
  readonly total: Capacity;
  readonly free: Capacity;
  /** What was taken from it. */
  readonly held = new Set<Held>();
  /** Its host was removed. */
  gone = false;

  constructor(
    readonly group: string,
    readonly index: number,
    readonly host: HostState,
    readonly need: Need,
    readonly devices: Devices,
    readonly owner: string | undefined,
  ) {
    this.total = Capacity.taken(need, devices, host.gpus.length);
    this.free = this.total.clone();
  }
}
