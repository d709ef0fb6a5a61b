import type { HostState } from "./host-state.js";

/**
 * Hosts from the fullest to the emptiest, in what is free of one kind; equals in the order in which they were
 * added. Where a host is, and where those that have enough begin, is found by halving.
 */
export class HostsByRoom {
  readonly #hosts: HostState[] = [];

  constructor(private readonly kind: "cpuUnits" | "gpuUnits") {}

  get all(): readonly HostState[] {
    return this.#hosts;
  }

  add(host: HostState): void {
    this.#hosts.splice(this.#position(host.free[this.kind], host), 0, host);
  }

  remove(host: HostState): void {
    this.#hosts.splice(this.#position(host.free[this.kind], host), 1);
  }

  /** After what is free of `host` has changed from `before` units. */
  update(host: HostState, before: number): void {
    const from = this.#position(before, host);
    const after = host.free[this.kind];
    const [left, right] = [this.#hosts[from - 1], this.#hosts[from + 1]];
    const staysBehind = left === undefined || !this.#isBefore(after, host, left);
    if (staysBehind && (right === undefined || this.#isBefore(after, host, right))) return;
    this.#hosts.splice(from, 1);
    this.#hosts.splice(this.#position(after, host), 0, host);
  }

  /** The position of the first that has at least `units` free. */
  firstWith(units: number): number {
    return this.#position(units, undefined);
  }

  /** Where `host` is when it has, or had, that many units; without a host where those begin that have as many. */
  #position(units: number, host: HostState | undefined): number {
    let low = 0;
    let high = this.#hosts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#hosts[middle]!;
      if (other === host) return middle;
      if (this.#isBefore(units, host, other)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isBefore(units: number, host: HostState | undefined, other: HostState): boolean {
    const difference = units - other.free[this.kind];
    return difference < 0 || (difference === 0 && (host === undefined || host.order < other.order));
  }
}
