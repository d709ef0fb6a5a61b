import { Rotation } from "../rotation.js";
import type { WorkerState } from "./worker-state.js";

interface Host {
  readonly workers: Set<WorkerState>;
  load: number;
}

/** Hosts by how many tasks they have. Hosts with equally many come in turn. */
export class HostsByLoad {
  readonly #hosts = new Map<string, Host>();
  /** At each index the hosts with so many tasks. */
  readonly #byLoad: Rotation<Host>[] = [];

  add(worker: WorkerState): void {
    let host = this.#hosts.get(worker.host);
    if (!host) {
      this.#hosts.set(worker.host, (host = { workers: new Set(), load: 0 }));
      this.#with(0).add(host);
    }
    host.workers.add(worker);
  }

  /** It has no task any more. */
  remove(worker: WorkerState): void {
    const host = this.#hosts.get(worker.host)!;
    host.workers.delete(worker);
    if (host.workers.size === 0) {
      this.#hosts.delete(worker.host);
      this.#with(host.load).delete(host);
    }
    this.#trim();
  }

  /** The worker has so many tasks more. */
  change(worker: WorkerState, by: number): void {
    const host = this.#hosts.get(worker.host)!;
    this.#with(host.load).delete(host);
    host.load += by;
    this.#with(host.load).add(host);
  }

  /** The first that is accepted, of the host with the fewest tasks that has one. */
  least(accepts: (worker: WorkerState) => boolean): WorkerState | undefined {
    for (const hosts of this.#byLoad) {
      for (let i = hosts.size; i > 0; i--) {
        for (const worker of hosts.next()!.workers) if (accepts(worker)) return worker;
      }
    }
    return undefined;
  }

  /** Forgets loads that no host has had since. Only now and then, as loads go up and down all the time. */
  #trim(): void {
    while (this.#byLoad.at(-1)?.size === 0) this.#byLoad.pop();
  }

  #with(load: number): Rotation<Host> {
    while (this.#byLoad.length <= load) this.#byLoad.push(new Rotation());
    return this.#byLoad[load]!;
  }
}
