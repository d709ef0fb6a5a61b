import type { Cluster, Taken } from "@troupe/cluster";

import type { QueuedTask } from "../schedule/task.js";
import type { Lease, Leased } from "./leases.js";

/** What tasks take of the resources that they share with actors: GPUs, memory, custom ones, bundles of placement groups. */
export class SharedResources {
  readonly #taken = new Map<number, Taken>();
  readonly #waiting = new Map<number, AbortController>();

  constructor(private readonly cluster: Cluster) {}

  /** Whether a task takes any. */
  isFor({ shared, scheduling }: Leased): boolean {
    return shared !== undefined || bundleOf(scheduling) !== undefined;
  }

  /**
   * Waits until what the task takes is free, and takes it.
   *
   * @param then Gets the pool where it is to run, when that is settled by the bundle that it is to have.
   */
  take(
    { id, task }: Lease,
    then: (pool: string | undefined) => void,
    otherwise: (error: Error) => void,
  ): void {
    const { shared, fn, needs, scheduling } = task;
    const bundle = bundleOf(scheduling);
    const given = new AbortController();
    this.#waiting.set(id, given);
    const owner = `task ${fn?.split("#").at(-1) ?? ""} (${id})`;
    const request = { ...shared, ...(bundle ? { ...bundle, cpu: needs.cpu } : {}), owner };
    this.cluster.takeResources(request, { signal: given.signal }).then(
      (taken) => {
        if (!this.#waiting.delete(id)) return taken.release();
        this.#taken.set(id, taken);
        then(bundle && taken.pool);
      },
      (error: unknown) => {
        if (this.#waiting.delete(id)) otherwise(error as Error);
      },
    );
  }

  /** Tasks that have what they take. */
  get leases(): Iterable<number> {
    return this.#taken.keys();
  }

  has(lease: number): boolean {
    return this.#taken.has(lease);
  }

  /** GPUs that a task has, as `CUDA_VISIBLE_DEVICES` names them. */
  devicesOf(lease: number): readonly string[] | undefined {
    const devices = this.#taken.get(lease)?.grant.devices;
    return devices && devices.length > 0 ? devices : undefined;
  }

  /** @returns Whether it had taken something, or waited for it still. */
  giveBack(lease: number): boolean {
    const waiting = this.#waiting.get(lease);
    if (waiting && this.#waiting.delete(lease)) waiting.abort();
    const taken = this.#taken.get(lease);
    if (taken && this.#taken.delete(lease)) taken.release();
    return waiting !== undefined || taken !== undefined;
  }

  close(): void {
    for (const waiting of this.#waiting.values()) waiting.abort();
    this.#waiting.clear();
  }
}

function bundleOf(scheduling: QueuedTask["scheduling"]) {
  return typeof scheduling === "object" && "group" in scheduling ? scheduling : undefined;
}
