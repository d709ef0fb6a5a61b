import type { Cluster, Node, PoolInfo } from "@troupe/cluster";
import { isTroupeError } from "@troupe/core";

import type { Decision } from "../schedule/decision.js";
import { TaskScheduler } from "../schedule/scheduler.js";
import type { Worker } from "../schedule/worker/worker.js";
import { leaseOp, listenOp, statsOp, type ToDriver } from "../wire.js";
import { Lease, type Leased, type LeaseHolder, type Leases } from "./leases.js";
import { RemoteHolder } from "./remote-holder.js";
import { SharedResources } from "./shared-resources.js";
import type { TaskStats } from "./task-stats.js";

/** Milliseconds that a pool has to answer in which something should have ended. */
const patience = 1_000;

/**
 * The scheduler at work, in the driver: places of pools for the tasks of this process and of those pools. Pools are
 * started as tasks need them.
 */
export class Dispatcher implements Leases {
  readonly #scheduler = new TaskScheduler();
  /** Leases that are not over. */
  #count = 0;
  /** Runs that came to their end. */
  #runs = 0;
  /** Pools that are up. */
  readonly #up = new Set<string>();
  readonly #starting = new Set<string>();
  /** Pools that could not be started when they were needed last, and why. */
  readonly #failed = new Map<string, Error>();
  /** Pools that are being seen to because something there should have ended. */
  readonly #suspects = new Set<string>();
  readonly #holders = new Map<string, RemoteHolder>();
  readonly #shared: SharedResources;
  /** Tasks for one host alone that have come since pools were started last. */
  #bound: Lease[] = [];
  #lastId = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(private readonly cluster: Cluster) {
    this.#shared = new SharedResources(cluster);
    const { node } = cluster;
    for (const pool of cluster.pools()) this.#poolChanged(pool);
    cluster.on("pool-changed", (pool) => this.#poolChanged(pool));
    node.onGone((name) => this.#gone(name));
    node.serve(statsOp, () => this.#stats());
    node.serve(leaseOp, (messages, from) =>
      this.#holder(node, from).receive(messages as readonly ToDriver[]),
    );
  }

  /** Hosts are called as the processes that have their stores; but for this one, which is a driver as well. */
  readonly #hostOf = (store: string): string => {
    const { name, host } = this.cluster.node;
    return store === name ? host : store;
  };

  request(task: Leased): void {
    const lease = new Lease((task.id = ++this.#lastId), task, this.#hostOf);
    this.#count++;
    if (!this.#shared.isFor(task)) return this.#submit(lease);
    this.#shared.take(
      lease,
      (pool) => (pool === undefined ? this.#submit(lease) : void this.#grantIn(pool, lease)),
      (error) => this.#refuse(lease, error),
    );
  }

  cancel(lease: number): void {
    const had = this.#shared.giveBack(lease);
    const was = this.#scheduler.cancel(lease);
    if (was === "assigned") this.#scheduler.finished(lease);
    if (had || was !== "unknown") this.#count--;
    this.#schedule();
  }

  finished(lease: number, ms: number): void {
    const isKnown = this.#scheduler.stateOf(lease) !== undefined;
    // It may have been forgotten with its worker.
    if (!this.#shared.giveBack(lease) && !isKnown) return;
    this.#count--;
    if (!Number.isNaN(ms)) this.#runs++;
    if (isKnown) this.#scheduler.finished(lease, Number.isNaN(ms) ? undefined : ms);
    this.#schedule();
  }

  blocked(lease: number): void {
    this.#scheduler.blocked(lease);
    this.#schedule();
  }

  unblocked(lease: number): void {
    this.#scheduler.unblocked(lease);
    this.#schedule();
  }

  stuck(worker: string): void {
    if (this.#suspects.has(worker) || this.#isClosed) return;
    this.#suspects.add(worker);
    this.cluster.node
      .request(worker, listenOp, null, { timeout: patience })
      .catch((error: unknown) => {
        if (!isTroupeError(error, "ERR_TIMEOUT") || this.#isClosed) return;
        this.cluster.log.warn(
          { pool: worker },
          `${worker} is killed: a task that was cancelled, or took too long, keeps it from answering`,
        );
        this.cluster.killPool(worker);
      })
      .finally(() => this.#suspects.delete(worker));
  }

  close(): void {
    this.#isClosed = true;
    this.#shared.close();
  }

  #stats(): TaskStats {
    const { running, blocked, resuming } = this.#scheduler.stats();
    // Those in bundles of placement groups have their places from these alone.
    const inBundles = [...this.#shared.leases].filter((id) => this.#scheduler.stateOf(id) === undefined);
    const begun = running + blocked + resuming + inBundles.length;
    return { waiting: this.#count - begun, running: begun, runs: this.#runs };
  }

  #submit(lease: Lease): void {
    // Perhaps they can be started this time.
    for (const pool of this.#failed.size > 0 ? this.cluster.pools() : []) {
      if (this.#failed.delete(pool.id)) this.#scheduler.expectWorker(workerOf(pool));
    }
    try {
      this.#scheduler.submit(lease, { first: lease.task.isAgain });
      if (hostOf(lease) !== undefined) this.#bound.push(lease);
    } catch (error) {
      // Whoever asks has not heard yet that this is a lease.
      return queueMicrotask(() => this.#refuse(lease, error as Error));
    }
    this.#schedule();
  }

  /** The pool is settled by what the task has taken, of which nobody else has any: there is nothing to decide. */
  async #grantIn(pool: string, lease: Lease): Promise<void> {
    const { id, task } = lease;
    try {
      await this.cluster.startPool(pool);
    } catch (error) {
      return this.#refuse(lease, error as Error);
    }
    // It was cancelled meanwhile.
    if (!this.#shared.has(id)) return;
    task.holder.granted(task, pool, this.#shared.devicesOf(id));
    task.holder.flush();
  }

  #refuse({ id, task }: Lease, error: Error): void {
    this.#over(id);
    const [problem] = this.#failed.values();
    task.holder.refused(task, problem ?? error);
    task.holder.flush();
  }

  #over(lease: number): void {
    this.#count--;
    this.#shared.giveBack(lease);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#decide);
  }

  readonly #decide = (): void => {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    const holders = new Set<LeaseHolder>();
    for (const decision of this.#scheduler.next()) {
      const lease = decision.task as Lease;
      holders.add(lease.task.holder);
      this.#carryOut(decision, lease);
    }
    for (const holder of holders) holder.flush();
    this.#startPools();
  };

  #carryOut(decision: Decision, lease: Lease): void {
    const { task } = lease;
    switch (decision.kind) {
      case "start":
      case "queue":
        return task.holder.granted(task, decision.worker, this.#shared.devicesOf(lease.id));
      case "recall":
        return task.holder.recall(task);
      case "refuse":
        return this.#refuse(lease, decision.error);
      case "resume":
        // It has gone on already: whoever waited is not kept from what came.
        return;
    }
  }

  /** As many pools run as there are tasks, if there are so many; and more where a task waits for its host. */
  #startPools(): void {
    const bound = this.#bound.filter(({ id }) => this.#scheduler.stateOf(id) === "queued").map(hostOf);
    this.#bound = [];
    const areEnough = () => this.#up.size + this.#starting.size >= this.#count;
    if (areEnough() && bound.length === 0) return;
    for (const { id, host, state } of this.cluster.pools()) {
      if (this.#up.has(id) || this.#starting.has(id) || state === "leaving") continue;
      const waiting = bound.indexOf(host);
      if (waiting !== -1) bound.splice(waiting, 1);
      else if (areEnough()) continue;
      this.#starting.add(id);
      this.cluster
        .startPool(id)
        .catch((error: unknown) => this.#startFailed(id, error as Error))
        .finally(() => this.#starting.delete(id));
    }
  }

  #startFailed(id: string, error: Error): void {
    if (this.#isClosed) return;
    this.#failed.set(id, error);
    this.#scheduler.removeWorker(id);
    this.#schedule();
  }

  #poolChanged(pool: PoolInfo): void {
    const { id, state } = pool;
    if (state === "leaving") return this.#removeWorker(id, false);
    if (state !== "up") return this.#up.has(id) ? undefined : this.#scheduler.expectWorker(workerOf(pool));
    if (this.#up.has(id)) return;
    this.#up.add(id);
    this.#failed.delete(id);
    this.#scheduler.addWorker(workerOf(pool));
    this.#schedule();
  }

  #gone(name: string): void {
    this.#removeWorker(name, true);
    this.#holders.get(name)?.close();
    this.#holders.delete(name);
  }

  /** Whoever sent tasks there hears that it ended, and asks anew for those that are to run again. */
  #removeWorker(name: string, comesBack: boolean): void {
    if (!this.#up.delete(name) && comesBack) return;
    for (const { task } of this.#scheduler.removeWorker(name, { comesBack })) this.#over(task.id);
    this.#schedule();
  }

  #holder(node: Node, pool: string): RemoteHolder {
    let holder = this.#holders.get(pool);
    if (!holder) this.#holders.set(pool, (holder = new RemoteHolder(node, pool, this)));
    return holder;
  }
}

/** The host to which a task is bound. */
function hostOf({ scheduling }: Lease): string | undefined {
  return typeof scheduling === "object" && "host" in scheduling ? scheduling.host : undefined;
}

function workerOf({ id, host, cpu }: PoolInfo): Worker {
  return { name: id, host, capacity: { cpu, gpu: 0, memory: 0, resources: {} } };
}
