import { availableParallelism, hostname, totalmem } from "node:os";

import { type Logger, sweepRuntimeDirectory, TroupeError, type WaitOptions } from "@troupe/core";
import type { Limits } from "@troupe/proxy";
import type { Member } from "@troupe/registry";
import type {
  PlacementGroup,
  PlacementStrategy,
  RequestedAmounts,
  ResourceRequest,
  Topology,
} from "@troupe/resources";

import { HostAgent } from "./agent/host-agent.js";
import type { Pool } from "./agent/pool.js";
import { checkPools, numbersOf, type PoolOptions } from "./agent/pool-options.js";
import { type Actor, recordOf, type TreeListener } from "./brain/actor-tree.js";
import { Brain } from "./brain/brain.js";
import { serveBrain } from "./brain/brain-service.js";
import { LocalBrain } from "./brain/local-brain.js";
import {
  checkMachine,
  type ClusterResources,
  machineOf,
  type MachineResources,
  type Taken,
} from "./brain/placer.js";
import type { ProcessEntry } from "./brain/process-table.js";
import { type ClusterEvents, EventListeners, type HostInfo, type PoolInfo } from "./cluster-events.js";
import type { ActorEvent, ActorRecord, Death, LivingActor } from "./node/brain-port.js";
import { actorEventOp, goneOp, introduceOp } from "./node/news.js";
import { Node } from "./node/node.js";
import { tellPools, tellProcess } from "./node/tell.js";
import { loggerOf, type OutputLog } from "./output/output-sink.js";
import { type ActorCare, noCare } from "./supervision/actor-care.js";
import { stopActors, vacate } from "./supervision/vacate.js";
import { Supervisor } from "./supervision/supervisor.js";

/** Options of {@link Cluster.start}. */
export interface ClusterOptions {
  /** The program that pools run: a module that calls `servePool()`. */
  readonly program: URL;
  /** Where names of actors are unique when nothing else is said; "default" by default. */
  readonly namespace?: string | undefined;
  /** How many pools, or the options of each. Default: one for each core. */
  readonly pools?: number | readonly PoolOptions[] | undefined;
  /**
   * Where lines go that pools write: nowhere, to a logger, to a function. Default: to this process's own
   * output, as `(path pid=123) text`. A logger also gets what the cluster has to say itself; with `false` nobody does.
   */
  readonly log?: OutputLog;
  readonly limits?: Partial<Limits> | undefined;
  /** What of this machine may be given to actors, or the file that says so, a `troupe.yaml`. Default: what is detected. */
  readonly resources?: string | MachineResources | undefined;
  /** Handed to the program of the pools, with their node: what JSON can hold. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** Gets the driver's node before anybody else can reach it, and gives what knows how to stop actors and make them again. */
  readonly onNode?: ((node: Node) => ActorCare | undefined) | undefined;
}

const driverName = "driver-0";
const hostName = "host-0";

/**
 * A cluster on this machine, as the driver holds it: the brain, the host agent, and this process's node.
 *
 * Pools keep this process alive only while somebody waits for them to start or to end; the sockets of its node
 * do until {@link Cluster.close}.
 */
export class Cluster implements AsyncDisposable {
  readonly namespace: string;
  readonly log: Logger;
  /** What a `troupe.yaml` says of the classes of the program, if one was given. */
  readonly topology: Topology | undefined;
  readonly #brain: Brain;
  readonly #agent: HostAgent;
  readonly #listeners: EventListeners;
  #care = noCare;
  readonly #supervisor: Supervisor;
  #node: Node | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: ClusterOptions, topology: Topology | undefined) {
    const { program, namespace = "default", log: output, settings = {} } = options;
    this.namespace = namespace;
    this.topology = topology;
    this.log = loggerOf(output);
    this.#listeners = new EventListeners(this.log);
    const listener: TreeListener = {
      onChange: (actor, event, reason, watchers) => this.#actorChanged(actor, event, reason, watchers),
      onOrphan: (actor, reason) => void this.#care.stop(actor, reason),
      onLost: (actor, reason) => this.#supervisor.lost(actor, reason),
    };
    const machine =
      typeof options.resources === "object"
        ? checkMachine(options.resources)
        : topology && machineOf(topology);
    this.#brain = new Brain(listener, namespace, { host: hostName, machine, topology });
    this.#supervisor = new Supervisor({
      tree: this.#brain.tree,
      log: this.log,
      care: () => this.#care,
      settle: async (actor) => {
        const { name } = await this.#brain.placeAgain(actor);
        await this.#agent.pool(name)?.ensure();
        return this.#brain.placer.grantOf(actor);
      },
    });
    this.#agent = new HostAgent({
      program,
      host: hostName,
      namespace,
      settings,
      output,
      log: this.log,
      events: {
        onStarting: ({ name }) => this.#brain.processes.starting(this.#entry(name)),
        onUp: (pool, peer) => this.#poolUp(pool, peer),
        onDown: (pool, death, peer) => this.#poolDown(pool, death, peer !== undefined),
      },
    });
  }

  /**
   * Starts a cluster. The first pool is started at once and not waited for, the others when an actor is placed there.
   *
   * @throws ERR_CONFIG for options that are wrong, naming them.
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const pools = checkPools(options.pools ?? availableParallelism());
    const { resources } = options;
    const topology =
      typeof resources === "string"
        ? await (await import("@troupe/resources")).loadTopology(resources)
        : undefined;
    const cluster = new Cluster(options, topology);
    for (const pool of pools) cluster.#addPool(pool);
    // What is said of them is looked at now, what nobody speaks of when it is needed.
    if (resources !== undefined || pools.some(({ gpu }) => gpu !== undefined)) await cluster.resources();
    // It boots while this process opens its sockets.
    const [first] = cluster.#brain.processes.pools;
    if (first) cluster.#pool(first.name).start();
    await cluster.#open(options);
    return cluster;
  }

  /** This process's place in the cluster. */
  get node(): Node {
    return this.#node!;
  }

  /** What there is, what of it is free, and who waits for some. */
  resources(): Promise<ClusterResources> {
    return this.#brain.placer.resources();
  }

  /**
   * Waits until resources are free, and takes them: for what is no actor.
   *
   * @throws ERR_NO_RESOURCES for what can never be had, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED
   */
  takeResources(request: ResourceRequest, options?: WaitOptions): Promise<Taken> {
    return this.#brain.placer.takeFor(request, options);
  }

  /**
   * Sets resources aside, all bundles or none: for actors whose `placement` is `group.bundle(i)`.
   *
   * @throws ERR_NO_RESOURCES for what can never be had, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED
   */
  placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy?: PlacementStrategy,
    options?: WaitOptions,
  ): Promise<PlacementGroup> {
    return this.#brain.placer.placementGroup(bundles, strategy, options);
  }

  hosts(): HostInfo[] {
    const pools = this.#brain.processes.pools.map(({ name }) => name);
    const cores = availableParallelism();
    return [{ name: hostName, hostname: hostname(), cores, memory: totalmem(), pools }];
  }

  pools(): PoolInfo[] {
    return this.#brain.processes.pools.map((entry) => this.#info(entry));
  }

  /** Living actors, oldest first. */
  actors(): readonly LivingActor[] {
    return this.#brain.tree.all();
  }

  /**
   * Adds a pool, and gives it when it runs.
   *
   * @throws ERR_CONFIG, ERR_CLOSED, ERR_ACTOR_START; in each case there is no new pool.
   */
  async addPool(options: PoolOptions = {}): Promise<PoolInfo> {
    this.#assertOpen();
    const pool = this.#addPool(options);
    const entry = this.#entry(pool.name);
    try {
      await this.#brain.placer.addPool(entry);
      await pool.ensure();
    } catch (error) {
      await this.#removePool(pool, entry);
      throw error;
    }
    return this.#info(entry);
  }

  /**
   * Stops a pool's actors, then the pool. Nothing is placed there from the moment of the call.
   *
   * @throws ERR_NO_RESOURCES when there is no such pool.
   */
  async removePool(id: string): Promise<void> {
    await this.#removePool(this.#pool(id), this.#entry(id));
  }

  /** Sees to it that a pool runs. @throws ERR_ACTOR_START, ERR_CLOSED, ERR_NO_RESOURCES when there is no such pool. */
  async startPool(id: string): Promise<void> {
    this.#assertOpen();
    await this.#pool(id).ensure();
  }

  /** Kills a pool that is stuck; it is started again, as after any other death. @throws ERR_NO_RESOURCES */
  killPool(id: string): void {
    this.#pool(id).kill();
  }

  /** @returns Takes the listener away. */
  on<K extends keyof ClusterEvents>(event: K, listener: (event: ClusterEvents[K]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  /** For the layer above, which knows of events that this one does not. */
  emit<K extends keyof ClusterEvents>(event: K, value: ClusterEvents[K]): void {
    this.#listeners.emit(event, value);
  }

  /** Stops the actors, then the pools, and leaves nothing behind. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open({ limits, onNode }: ClusterOptions): Promise<void> {
    const brain = new LocalBrain(this.#brain, {
      start: async (name) => {
        this.#assertOpen();
        await this.#agent.pool(name)?.ensure();
      },
      wake: (actor) => this.#supervisor.wake(actor),
      forget: (actor) => this.#supervisor.forget(actor),
      tellWatcher: (process, id, event, reason) =>
        tellProcess(this.node, process, actorEventOp, {
          id,
          event,
          ...(reason === undefined ? {} : { reason }),
        }),
    });
    try {
      this.#node = await Node.open({
        name: driverName,
        component: "driver",
        host: hostName,
        brain: () => brain,
        limits,
        log: this.log,
      });
      process.on("exit", this.#exit);
      const { self } = this.node.transport;
      const { processes } = this.#brain;
      processes.up(processes.add({ name: driverName, kind: "driver", host: hostName }), self);
      serveBrain(this.node);
      // What runs left behind that nobody cleaned up after.
      sweepRuntimeDirectory();
      this.#care = onNode?.(this.node) ?? noCare;
      this.#agent.serve(self);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** This process exits, and has not closed the cluster. */
  readonly #exit = () => this.#node?.transport.destroy();

  async #close(): Promise<void> {
    this.#supervisor.close();
    this.#brain.placer.close();
    const roots = this.#brain.tree.children();
    const stop = (actors: readonly ActorRecord[]) =>
      stopActors(this.#care, actors, "the cluster was closed", this.log);
    await stop(roots.filter(({ id }) => id > 0));
    // Those that everybody knows serve the others until these have ended.
    await stop(roots.filter(({ id }) => id === 0));
    await this.#agent.close();
    await this.#node?.close();
    process.off("exit", this.#exit);
  }

  #addPool(options: PoolOptions): Pool {
    const pool = this.#agent.addPool(options);
    const { name } = pool;
    const gpus = numbersOf(options.gpu);
    const entry = this.#brain.processes.add({
      name,
      kind: "pool",
      host: hostName,
      label: options.label,
      gpus,
    });
    this.emit("pool-changed", this.#info(entry));
    return pool;
  }

  async #removePool(pool: Pool, entry: ProcessEntry): Promise<void> {
    this.#brain.processes.leave(entry);
    this.emit("pool-changed", this.#info(entry));
    this.#brain.placer.removePool(entry);
    const moved = await vacate(this.#care, entry, this.log);
    for (const actor of moved) this.#supervisor.wake(actor);
    await this.#agent.removePool(pool);
    this.#brain.processes.remove(entry);
  }

  #poolUp(pool: Pool, peer: Member): void {
    const entry = this.#entry(pool.name);
    const again = pool.restarts > 0;
    this.#brain.processes.up(entry, peer);
    this.node.introduce(peer);
    // Those who heard that it died hear of its return; others ask when they need it.
    if (again) tellPools(this.node, this.#brain.processes, introduceOp, peer, pool.name);
    if (again) this.emit("pool-recovered", this.#info(entry));
    this.emit("pool-changed", this.#info(entry));
  }

  #poolDown(pool: Pool, death: Death, wasUp: boolean): void {
    const entry = this.#entry(pool.name);
    const asked = entry.state === "leaving" || this.#closed !== undefined;
    this.#brain.lost(entry, death);
    if (wasUp) {
      this.node.gone(death);
      // Also while all pools end: one that ends later would wait for the last words of this one.
      tellPools(this.node, this.#brain.processes, goneOp, death, pool.name);
    }
    this.emit("pool-changed", this.#info(entry));
    if (asked) return;
    const { process, pid, reason, stderr } = death;
    this.log.warn(
      { pool: process, stderr },
      `${process} (pid ${pid}) ${wasUp ? "" : "did not start: it "}${reason}`,
    );
    if (wasUp) this.emit("pool-died", death);
  }

  #actorChanged(
    actor: Actor,
    event: ActorEvent,
    reason: string | undefined,
    watchers: Iterable<string>,
  ): void {
    for (const watcher of watchers)
      tellProcess(this.node, watcher, actorEventOp, {
        id: actor.id,
        event,
        ...(reason === undefined ? {} : { reason }),
      });
    if (event === "died" && actor.state !== "reserved")
      this.emit("actor-died", { actor: recordOf(actor), reason });
  }

  #pool(id: string): Pool {
    const pool = this.#agent.pool(id);
    if (pool) return pool;
    throw new TroupeError("ERR_NO_RESOURCES", `There is no pool "${id}"; pools() lists those there are.`, {
      details: { pool: id },
    });
  }

  #entry(name: string): ProcessEntry {
    return this.#brain.processes.get(name)!;
  }

  #info({ name, host, label, state, pid, actors }: ProcessEntry): PoolInfo {
    const pool = this.#agent.pool(name);
    const { isolation = "process", cpu = 1, restarts = 0 } = pool ?? {};
    return { id: name, host, label, isolation, cpu, state, pid, actors: actors.size, restarts };
  }

  #assertOpen(): void {
    if (this.#closed) throw new TroupeError("ERR_CLOSED", "The cluster is closed.");
  }
}
