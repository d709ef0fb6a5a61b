import type { HostState } from "./host-state.js";

/**
 * Hosts from the fullest to the emptiest, in what is free of one kind; equals in the order in which they were
 * added. A change of one host moves it past those that it overtakes; where those that have enough begin is found
 * by halving.
 */
export class HostsByRoom {
  readonly #hosts: HostState[] = [];
  readonly #positions = new Map<HostState, number>();

  constructor(private readonly room: (host: HostState) => number) {}

  get all(): readonly HostState[] {
    return this.#hosts;
  }

  add(host: HostState): void {
    this.#positions.set(host, this.#hosts.push(host) - 1);
    this.update(host);
  }

  remove(host: HostState): void {
    const position = this.#positions.get(host);
    if (position === undefined) return;
    this.#hosts.splice(position, 1);
    this.#positions.delete(host);
    for (let i = position; i < this.#hosts.length; i++) this.#positions.set(this.#hosts[i]!, i);
  }

  /** After what is free of `host` has changed. */
  update(host: HostState): void {
    const hosts = this.#hosts;
    const start = this.#positions.get(host)!;
    let position = start;
    for (; position > 0 && this.#before(host, hosts[position - 1]!); position--)
      this.#put(hosts[position - 1]!, position);
    for (; position < hosts.length - 1 && this.#before(hosts[position + 1]!, host); position++)
      this.#put(hosts[position + 1]!, position);
    if (position !== start) this.#put(host, position);
  }

  /** The position of the first that has at least `units` free. */
  firstWith(units: number): number {
    let low = 0;
    let high = this.#hosts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.room(this.#hosts[middle]!) < units) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #put(host: HostState, position: number): void {
    this.#hosts[position] = host;
    this.#positions.set(host, position);
  }

  #before(a: HostState, b: HostState): boolean {
    const difference = this.room(a) - this.room(b);
    return difference < 0 || (difference === 0 && a.order < b.order);
  }
}
