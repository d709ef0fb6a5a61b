import type { Cluster } from "@troupe/cluster";

import type { Lease } from "./leases.js";

/** What tasks take of the resources that they share with actors: GPUs, memory, custom ones. */
export class SharedResources {
  readonly #taken = new Map<number, { release(): void }>();
  readonly #waiting = new Map<number, AbortController>();

  constructor(private readonly cluster: Cluster) {}

  /** Waits until what the task takes is free, and takes it. */
  take({ id, task }: Lease, then: () => void, otherwise: (error: Error) => void): void {
    const { shared, fn } = task;
    const given = new AbortController();
    this.#waiting.set(id, given);
    this.cluster
      .takeResources(
        { ...shared, owner: `task ${fn?.split("#").at(-1) ?? ""} (${id})` },
        { signal: given.signal },
      )
      .then(
        (taken) => {
          if (!this.#waiting.delete(id)) return taken.release();
          this.#taken.set(id, taken);
          then();
        },
        (error: unknown) => {
          if (this.#waiting.delete(id)) otherwise(error as Error);
        },
      );
  }

  /** @returns Whether it was waited for still. */
  giveBack(lease: number): boolean {
    const waiting = this.#waiting.get(lease);
    if (waiting && this.#waiting.delete(lease)) waiting.abort();
    const taken = this.#taken.get(lease);
    if (taken && this.#taken.delete(lease)) taken.release();
    return waiting !== undefined;
  }

  close(): void {
    for (const waiting of this.#waiting.values()) waiting.abort();
    this.#waiting.clear();
  }
}
