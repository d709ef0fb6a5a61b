import { availableParallelism, hostname, totalmem } from "node:os";

import { type Logger, sweepRuntimeDirectory, TroupeError, type WaitOptions } from "@troupe/core";
import type { Limits } from "@troupe/proxy";
import type {
  PlacementGroup,
  PlacementStrategy,
  RequestedAmounts,
  ResourceRequest,
  Topology,
} from "@troupe/resources";

import { HostAgent } from "./agent/host-agent.js";
import { checkPools, type PoolOptions } from "./agent/pool-options.js";
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
import { type ClusterEvents, EventListeners, type HostInfo, type PoolInfo } from "./cluster-events.js";
import type { ClusterView } from "./cluster-view.js";
import { ClusterDrivers } from "./driver/cluster-drivers.js";
import { type Access, accessOf } from "./hosts/access.js";
import { ClusterHosts, hostInfo } from "./hosts/cluster-hosts.js";
import { ClusterPools } from "./hosts/cluster-pools.js";
import { Reception } from "./hosts/reception.js";
import type { ActorEvent, ActorRecord, LivingActor } from "./node/brain-port.js";
import { actorEventOp, closingOp } from "./node/news.js";
import { Node } from "./node/node.js";
import { tellOthers, tellProcess } from "./node/tell.js";
import { type ProcessInfo, processInfos } from "./processes/process-info.js";
import { loggerOf, type OutputLog, outputSink } from "./output/output-sink.js";
import { type ActorCare, noCare } from "./supervision/actor-care.js";
import { stopActors } from "./supervision/vacate.js";
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
  /**
   * Where hosts on other machines may join, by `joinHost()`: `tcp://0.0.0.0:7700`. Needs a key. Default: no port is opened,
   * and nobody can.
   */
  readonly listen?: string | undefined;
  /** The cluster's key. Default: `TROUPE_KEY`, else the file that `TROUPE_KEY_FILE` names. */
  readonly key?: string | undefined;
  /**
   * Milliseconds after which a host that gives no sign of life is lost. Default 10,000. The head must not be busy for so
   * long, without a turn of its event loop.
   */
  readonly lease?: number | undefined;
  /** Gets the driver's node before anybody else can reach it, and gives what knows how to stop actors and make them again. */
  readonly onNode?: ((node: Node) => ActorCare | undefined) | undefined;
}

const driverName = "driver-0";
const hostName = "host-0";

/**
 * A cluster as its head holds it, the process that started it: the brain, the agent of this host, this process's node, and
 * the hosts that joined.
 *
 * Pools keep this process alive only while somebody waits for them to start or to end; the sockets of its node
 * do until {@link Cluster.close}.
 */
export class Cluster implements ClusterView {
  readonly namespace: string;
  readonly log: Logger;
  /** What a `troupe.yaml` says of the classes of the program, if one was given. */
  readonly topology: Topology | undefined;
  readonly #brain: Brain;
  readonly #agent: HostAgent;
  readonly #pools: ClusterPools;
  readonly #listeners: EventListeners;
  #care = noCare;
  readonly #supervisor: Supervisor;
  #hosts: ClusterHosts | undefined;
  #reception: Reception | undefined;
  #node: Node | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: ClusterOptions, topology: Topology | undefined, access: Access | undefined) {
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
        const { name, kind } = await this.#brain.placeAgain(actor);
        if (kind === "pool") await this.#pools.ensure(name);
        return this.#brain.placer.grantOf(actor);
      },
    });
    this.#pools = new ClusterPools({
      brain: this.#brain,
      supervisor: this.#supervisor,
      listeners: this.#listeners,
      log: this.log,
      node: () => this.node,
      care: () => this.#care,
      isClosed: () => this.#closed !== undefined,
      onLine: outputSink(output, hostName, () => this.#pools.flow(true)),
    });
    this.#agent = new HostAgent({
      program,
      host: hostName,
      namespace,
      settings,
      network: access?.network,
      log: this.log,
      events: this.#pools,
    });
    this.#pools.addHost(hostName, this.#agent);
  }

  /**
   * Starts a cluster. The first pool is started at once and not waited for, the others when an actor is placed there.
   *
   * @throws ERR_CONFIG for options that are wrong, naming them; for an address that cannot be had, or without a key.
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const pools = checkPools(options.pools ?? availableParallelism());
    const access = accessOf(options);
    const { resources } = options;
    const topology =
      typeof resources === "string"
        ? await (await import("@troupe/resources")).loadTopology(resources)
        : undefined;
    const cluster = new Cluster(options, topology, access);
    for (const pool of pools) await cluster.#pools.add(hostName, pool);
    // What is said of them is looked at now, what nobody speaks of when it is needed.
    if (resources !== undefined || pools.some(({ gpu }) => gpu !== undefined)) await cluster.resources();
    // It boots while this process opens its sockets.
    const [first] = cluster.#brain.processes.pools;
    if (first) cluster.#pools.start(first);
    await cluster.#open(options, access);
    return cluster;
  }

  /** This process's place in the cluster. */
  get node(): Node {
    return this.#node!;
  }

  /** Where hosts join: `tcp://10.0.0.5:7700`; `undefined` for a cluster that no others can join. */
  get address(): string | undefined {
    return this.#reception?.address;
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

  /** The machines of the cluster, this one first. */
  hosts(): HostInfo[] {
    const here = { name: hostName, hostname: hostname(), cores: availableParallelism(), memory: totalmem() };
    return [hostInfo(here, this.#brain), ...(this.#hosts?.list() ?? [])];
  }

  pools(): PoolInfo[] {
    return this.#pools.list();
  }

  /** Processes that were started and not removed, and what each takes. Takes a second at most. */
  processes(): Promise<ProcessInfo[]> {
    return processInfos(this.node, this.#brain.processes);
  }

  /** Living actors, oldest first. */
  actors(): readonly LivingActor[] {
    return this.#brain.tree.all();
  }

  /**
   * Adds a pool, and gives it when it runs.
   *
   * @param host Where; on this machine by default.
   * @throws ERR_CONFIG, ERR_CLOSED, ERR_ACTOR_START, ERR_NO_RESOURCES when there is no such host; in each case there is
   *   no new pool.
   */
  async addPool(options: PoolOptions = {}, host = hostName): Promise<PoolInfo> {
    this.#assertOpen();
    return this.#pools.addRunning(host, options);
  }

  /**
   * Stops a pool's actors, then the pool. Nothing is placed there from the moment of the call.
   *
   * @throws ERR_NO_RESOURCES when there is no such pool.
   */
  async removePool(id: string): Promise<void> {
    await this.#pools.remove(id);
  }

  /** Sees to it that a pool runs. @throws ERR_ACTOR_START, ERR_CLOSED, ERR_NO_RESOURCES when there is no such pool. */
  async startPool(id: string): Promise<void> {
    this.#assertOpen();
    await this.#pools.ensure(id);
  }

  /** Kills a pool that is stuck; it is started again, as after any other death. @throws ERR_NO_RESOURCES */
  killPool(id: string): void {
    this.#pools.kill(id);
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

  async #open(options: ClusterOptions, access: Access | undefined): Promise<void> {
    const { limits, onNode } = options;
    const brain = new LocalBrain(this.#brain, {
      start: async (name) => {
        this.#assertOpen();
        if (this.#brain.processes.get(name)?.kind === "pool") await this.#pools.ensure(name);
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
        head: driverName,
        agent: driverName,
        brain: () => brain,
        remote: access && { listen: access.network.listen, key: access.key },
        limits,
        log: this.log,
      });
      process.on("exit", this.#exit);
      const { self } = this.node.transport;
      const { processes } = this.#brain;
      processes.up(processes.add({ name: driverName, kind: "driver", host: hostName }), self);
      serveBrain(this.node, processes);
      // What runs left behind that nobody cleaned up after.
      sweepRuntimeDirectory();
      this.#care = onNode?.(this.node) ?? noCare;
      this.#agent.serve({ head: self, agent: self });
      if (access) await this.#receive(options, access);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Lets other machines join. */
  async #receive({ settings = {} }: ClusterOptions, access: Access): Promise<void> {
    this.#hosts = new ClusterHosts({
      brain: this.#brain,
      pools: this.#pools,
      listeners: this.#listeners,
      log: this.log,
      node: this.node,
    });
    const drivers = new ClusterDrivers({
      brain: this.#brain,
      cluster: this,
      log: this.log,
      care: () => this.#care,
    });
    this.#reception = await Reception.open({
      node: this.node,
      access,
      namespace: this.namespace,
      settings,
      log: this.log,
      keepers: { host: this.#hosts, driver: drivers },
    });
  }

  /** This process exits, and has not closed the cluster. */
  readonly #exit = () => this.#node?.transport.destroy();

  async #close(): Promise<void> {
    this.#supervisor.close();
    this.#brain.placer.close();
    this.#tellOfClosing();
    const roots = this.#brain.tree.children();
    const stop = (actors: readonly ActorRecord[]) =>
      stopActors(this.#care, actors, "the cluster was closed", this.log);
    await stop(roots.filter(({ id }) => id > 0));
    // Those that everybody knows serve the others until these have ended.
    await stop(roots.filter(({ id }) => id === 0));
    await this.#pools.close();
    this.#reception?.close();
    await this.#node?.close();
    process.off("exit", this.#exit);
  }

  #tellOfClosing(): void {
    const node = this.#node;
    if (!node) return;
    node.startClosing();
    tellOthers(node, this.#brain.processes, closingOp, null, driverName);
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

  #assertOpen(): void {
    if (this.#closed) throw new TroupeError("ERR_CLOSED", "The cluster is closed.");
  }
}
