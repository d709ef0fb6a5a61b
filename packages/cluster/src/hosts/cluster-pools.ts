import { type Logger, TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";

import { checkPoolOptions, numbersOf, type PoolOptions } from "../agent/pool-options.js";
import type { Brain } from "../brain/brain.js";
import type { ProcessEntry } from "../brain/process-table.js";
import type { EventListeners, PoolInfo } from "../cluster-events.js";
import type { Death } from "../node/brain-port.js";
import { goneOp, introduceOp } from "../node/news.js";
import type { Node } from "../node/node.js";
import { tellOthers } from "../node/tell.js";
import type { OutputLine } from "../output/output-sink.js";
import type { ActorCare } from "../supervision/actor-care.js";
import type { Supervisor } from "../supervision/supervisor.js";
import { vacate } from "../supervision/vacate.js";
import type { HostEvents, HostPort } from "./host-port.js";

/** What {@link ClusterPools} need of the cluster. */
export interface PoolsSurroundings {
  readonly brain: Brain;
  readonly supervisor: Supervisor;
  readonly listeners: EventListeners;
  readonly log: Logger;
  /** These are known once the cluster's own process has its place in it. */
  readonly node: () => Node;
  readonly care: () => ActorCare;
  readonly isClosed: () => boolean;
  /** @returns Whether there is room for more lines. */
  readonly onLine: (line: OutputLine) => boolean;
}

/** The pools of a cluster, on all its hosts, as brain and agents know them. */
export class ClusterPools implements HostEvents {
  /** The agents, by the names of their hosts. */
  readonly #hosts = new Map<string, HostPort>();
  #nextPool = 0;

  constructor(private readonly surroundings: PoolsSurroundings) {}

  list(): PoolInfo[] {
    return this.#brain.processes.pools.map(infoOf);
  }

  addHost(name: string, port: HostPort): void {
    this.#hosts.set(name, port);
  }

  /**
   * Makes a pool, which is not started yet.
   *
   * @throws ERR_CONFIG; ERR_NO_RESOURCES when there is no such host.
   */
  async add(host: string, options: PoolOptions): Promise<ProcessEntry> {
    const { label, gpu, cores, isolation } = checkPoolOptions(options);
    const port = this.#hosts.get(host);
    if (!port) throw noHost(host);
    const name = `pool-${this.#nextPool++}`;
    await port.addPool(name, options);
    const entry = this.#brain.processes.add({
      name,
      kind: "pool",
      host,
      label,
      gpus: numbersOf(gpu),
      isolation,
      cpu: numbersOf(cores)?.length,
    });
    this.#changed(entry);
    return entry;
  }

  /** As {@link add}, and gives it when it runs. @throws also ERR_ACTOR_START; in each case there is no new pool. */
  async addRunning(host: string, options: PoolOptions): Promise<PoolInfo> {
    const entry = await this.add(host, options);
    try {
      await this.#brain.placer.addPool(entry);
      await this.#portOf(entry).ensurePool(entry.name);
    } catch (error) {
      await this.#remove(entry);
      throw error;
    }
    return infoOf(entry);
  }

  /** Starts a pool if it does not run, and nobody waits for it. */
  start({ name, host }: ProcessEntry): void {
    this.#hosts.get(host)?.startPool(name);
  }

  /** Sees to it that a pool runs. @throws ERR_ACTOR_START, ERR_CLOSED, ERR_NO_RESOURCES when there is no such pool */
  async ensure(name: string): Promise<void> {
    const entry = this.#pool(name);
    await this.#portOf(entry).ensurePool(name);
  }

  /** @throws ERR_NO_RESOURCES when there is no such pool */
  kill(name: string): void {
    this.#portOf(this.#pool(name)).killPool(name);
  }

  /** Stops a pool's actors, then the pool. @throws ERR_NO_RESOURCES when there is no such pool */
  async remove(name: string): Promise<void> {
    await this.#remove(this.#pool(name));
  }

  /** As {@link remove}, for all pools of a host. */
  async removeHost(host: string): Promise<void> {
    await Promise.all(this.#of(host).map((entry) => this.#remove(entry)));
    this.#brain.placer.removeHost(host);
    this.#hosts.delete(host);
  }

  /** The host is not there any more, and all its pools with it. */
  loseHost(host: string, reason: string): void {
    const lost = this.#of(host);
    this.#hosts.delete(host);
    // What is made again is not to be made in another of them.
    for (const entry of lost) this.#leave(entry);
    this.#brain.placer.removeHost(host);
    for (const entry of lost) {
      const wasUp = entry.peer !== undefined;
      this.#down(entry, deathWith(entry, reason), wasUp, !wasUp);
      this.#brain.processes.remove(entry);
    }
  }

  /** Whether what pools write is read. */
  flow(flowing: boolean): void {
    for (const port of this.#hosts.values()) port.flow(flowing);
  }

  /** Ends all pools, those of other machines first. */
  async close(): Promise<void> {
    const { log } = this.surroundings;
    const closing = [...this.#hosts]
      .reverse()
      .map(([host, port]) =>
        port
          .close()
          .catch((error: unknown) => log.warn({ err: error, host }, "a host did not end its pools")),
      );
    await Promise.all(closing);
  }

  onStarting(pool: string): void {
    const entry = this.#entry(pool);
    if (entry) this.#brain.processes.starting(entry);
  }

  onUp(pool: string, peer: Member, restarts: number): void {
    const { node, listeners } = this.surroundings;
    const entry = this.#entry(pool);
    if (!entry) return;
    entry.restarts = restarts;
    this.#brain.processes.up(entry, peer);
    node().introduce(peer);
    const again = restarts > 0;
    // Those who heard that it died hear of its return; others ask when they need it.
    if (again) tellOthers(node(), this.#brain.processes, introduceOp, peer, pool);
    if (again) listeners.emit("pool-recovered", infoOf(entry));
    this.#changed(entry);
  }

  onDown(pool: string, death: Death, wasUp: boolean): void {
    const entry = this.#entry(pool);
    if (!entry) return;
    this.#down(entry, death, wasUp, entry.state === "leaving" || this.surroundings.isClosed());
  }

  onLine(line: OutputLine): boolean {
    return this.surroundings.onLine(line);
  }

  get #brain(): Brain {
    return this.surroundings.brain;
  }

  #down(entry: ProcessEntry, death: Death, wasUp: boolean, isAsked: boolean): void {
    const { node, log, listeners } = this.surroundings;
    this.#brain.lost(entry, death);
    if (wasUp) {
      node().gone(death);
      // Also while all pools end: one that ends later would wait for the last words of this one.
      tellOthers(node(), this.#brain.processes, goneOp, death, entry.name);
    }
    this.#changed(entry);
    if (isAsked) return;
    const { process, pid, reason, stderr } = death;
    log.warn(
      { pool: process, stderr },
      `${process} (pid ${pid}) ${wasUp ? "" : "did not start: it "}${reason}`,
    );
    if (wasUp) listeners.emit("pool-died", death);
  }

  async #remove(entry: ProcessEntry): Promise<void> {
    const { care, log, supervisor } = this.surroundings;
    this.#leave(entry);
    this.#brain.placer.removePool(entry);
    const moved = await vacate(care(), entry, log);
    for (const actor of moved) supervisor.wake(actor);
    await this.#hosts.get(entry.host)?.removePool(entry.name);
    this.#brain.processes.remove(entry);
  }

  /** Nothing more is placed there. */
  #leave(entry: ProcessEntry): void {
    this.#brain.processes.leave(entry);
    this.#changed(entry);
  }

  #changed(entry: ProcessEntry): void {
    this.surroundings.listeners.emit("pool-changed", infoOf(entry));
  }

  #of(host: string): ProcessEntry[] {
    return this.#brain.processes.on(host).filter(({ kind }) => kind === "pool");
  }

  #portOf({ host }: ProcessEntry): HostPort {
    const port = this.#hosts.get(host);
    if (port) return port;
    throw noHost(host);
  }

  /** Of a pool that may be on its way out. */
  #entry(name: string): ProcessEntry | undefined {
    return this.#brain.processes.get(name);
  }

  #pool(name: string): ProcessEntry {
    const entry = this.#entry(name);
    if (entry?.kind === "pool") return entry;
    throw new TroupeError("ERR_NO_RESOURCES", `There is no pool "${name}"; pools() lists those there are.`, {
      details: { pool: name },
    });
  }
}

function infoOf({ name, host, label, isolation, cpu, state, pid, actors, restarts }: ProcessEntry): PoolInfo {
  return { id: name, host, label, isolation, cpu, state, pid, actors: actors.size, restarts };
}

/** How a pool died with its host: nothing else is known of it. */
function deathWith({ name, pid = 0 }: ProcessEntry, reason: string): Death {
  return { process: name, pid, exitCode: null, signal: null, stderr: [], reason };
}

function noHost(host: string): TroupeError {
  return new TroupeError("ERR_NO_RESOURCES", `There is no host "${host}"; hosts() lists those there are.`, {
    details: { host },
  });
}
