import { Capacity, type Devices } from "../host/capacity.js";
import type { HostState } from "../host/host-state.js";
import type { Need } from "../need.js";
import type { Held } from "./held.js";

/** What is set aside on a host for one bundle of a placement group. Requests of the group are served from it. */
export class BundleState {
  /** Its host was removed. */
  gone = false;
  // Made when they are asked for: many a bundle is set aside and given back as it is.
  #total: Capacity | undefined;
  #free: Capacity | undefined;
  #held: Set<Held> | undefined;

  constructor(
    readonly group: string,
    readonly index: number,
    readonly host: HostState,
    readonly need: Need,
    readonly devices: Devices,
    readonly owner: string | undefined,
  ) {}

  get total(): Capacity {
    return (this.#total ??= Capacity.taken(this.need, this.devices, this.host.gpus.length));
  }

  get free(): Capacity {
    return (this.#free ??= this.total.clone());
  }

  /** What was taken from it. */
  get held(): ReadonlySet<Held> {
    return this.#held ?? none;
  }

  add(held: Held): void {
    (this.#held ??= new Set()).add(held);
  }

  delete(held: Held): void {
    this.#held?.delete(held);
  }
}

const none: ReadonlySet<Held> = new Set();
