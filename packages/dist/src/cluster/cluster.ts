import {
  type ActorInfo,
  type CreateOptions,
  type ActorRuntime,
  ActorSystem,
  definitionOf,
  type MethodInfo,
  type MethodsOptions,
  type Remote,
} from "@troupe/actors";
import type {
  ClusterEvents,
  ClusterResources,
  ClusterView,
  HostInfo,
  PoolInfo,
  PoolOptions,
  ProcessInfo,
} from "@troupe/cluster";
import type { WaitOptions } from "@troupe/core";
import {
  type HostStoreStats,
  type ObjectRef,
  objects,
  type ObjectsStats,
  type Spread,
  type SpreadOptions,
} from "@troupe/objects";
import type { PlacementGroup, PlacementStrategy, RequestedAmounts } from "@troupe/resources";
import { poolProgram, TaskRuntime } from "@troupe/tasks";

import { createIn } from "../actor/create-in.js";
import { type InitOptions, joinPlaceOf } from "./init-options.js";

/** Milliseconds that a machine has to say what its store holds. */
const patience = 1_000;

/** What a program holds of its cluster. */
export class Cluster implements AsyncDisposable {
  /** What ends with it. */
  readonly #companions = new Set<() => Promise<void>>();
  #closed: Promise<void> | undefined;

  private constructor(
    private readonly system: ActorSystem<ClusterView>,
    /** The tasks that this process has submitted. */
    readonly tasks: TaskRuntime,
    private readonly onClose: () => void,
  ) {}

  /** As {@link init}, with options that were checked. @param onClose Told when it begins to close. */
  static async start(options: InitOptions, onClose: () => void): Promise<Cluster> {
    const { objects: store, timeout, ...rest } = options;
    const place = joinPlaceOf(options);
    if (store) objects.configure(store);
    if (place) {
      const { key, namespace, log } = options;
      const { address, vain } = place;
      const joined = await ActorSystem.join({ address, key, namespace, log, timeout });
      if (vain.length > 0)
        joined.cluster.log.warn(
          { address, options: vain },
          `joined the cluster at ${address}, which has ${vain.join(", ")} of its own`,
        );
      return new Cluster(joined, TaskRuntime.inGuest(joined.runtime.node), onClose);
    }
    const system = await ActorSystem.start({ program: poolProgram, ...rest });
    return new Cluster(system, TaskRuntime.inDriver(system.cluster), onClose);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** The actors of this process, and its way to all others. */
  get runtime(): ActorRuntime {
    return this.system.runtime;
  }

  /**
   * Makes an actor of a class, in the pool that its options or the placement say.
   *
   * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE,
   *   ERR_CONFIG, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_DEADLOCK, ERR_CANCELLED, ERR_CLOSED. In each case
   *   nothing of it is left.
   */
  async create<A extends unknown[], T extends object>(
    Class: new (...args: A) => T,
    args?: NoInfer<A>,
    options?: CreateOptions,
  ): Promise<Remote<T>> {
    return (await createIn(this.runtime, definitionOf(Class), args ?? [], options)) as Remote<T>;
  }

  /** The living actor of that path, or of that name; `undefined` when there is none. */
  async find<T extends object = object>(pathOrName: string): Promise<Remote<T> | undefined> {
    return this.system.find<T>(pathOrName);
  }

  /**
   * Living actors, oldest first: who each is, and what it does. Those of a process that does not answer within a second
   * are said to be `unresponsive`.
   */
  actors(): Promise<ActorInfo[]> {
    return this.runtime.insight.actors();
  }

  /**
   * The methods that took most time, were called most, or threw most, by `Class.method`, over all processes. Of one that
   * ended, or does not answer within a second, it is what it said when it was asked last: counts never become less.
   *
   * @throws ERR_CONFIG
   */
  methods(options?: MethodsOptions): Promise<MethodInfo[]> {
    return this.runtime.insight.methods(options);
  }

  /**
   * Processes of the cluster: who each is, and what it takes of processor and memory, and how busy and how late its event
   * loop is. Those that do not answer within a second are said to be `unresponsive`.
   */
  processes(): Promise<ProcessInfo[]> {
    return this.system.cluster.processes();
  }

  /**
   * What this process knows of objects, those of its other clusters counted in: how many it owns and borrows, and what
   * the store of its machine holds in memory and on disk, and exchanges with other hosts, where this process has it.
   */
  objects(): ObjectsStats {
    return objects.stats();
  }

  /**
   * What the store of each machine holds in memory and on disk, by the machine's name. A machine without objects has no
   * store; one that does not answer within a second is not in it either.
   */
  async stores(): Promise<ReadonlyMap<string, HostStoreStats>> {
    const { node } = this.runtime;
    const stores = new Map<string, HostStoreStats>();
    const ask = async ({ name }: HostInfo, index: number) => {
      // The head has its machine's, which comes first; other machines' agents are called as they are.
      const agent = index === 0 ? node.head : name;
      const stats = await objects.storeOf(node, agent, { timeout: patience }).catch(() => undefined);
      if (stats) stores.set(name, stats);
    };
    await Promise.all(this.hosts().map(ask));
    return stores;
  }

  /** What there is, what of it is free, and who waits for some. */
  resources(): Promise<ClusterResources> {
    return this.system.cluster.resources();
  }

  /**
   * Sets resources aside, all bundles or none, and waits until that is possible. An actor takes its share by
   * `placement: group.bundle(0)`.
   *
   * @throws ERR_NO_RESOURCES for what can never be had, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED
   */
  placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy?: PlacementStrategy,
    options?: WaitOptions,
  ): Promise<PlacementGroup> {
    return this.system.cluster.placementGroup(bundles, strategy, options);
  }

  /** Where other machines join: `tcp://10.0.0.5:7700`; `undefined` for a cluster that none can join. */
  get address(): string | undefined {
    return this.system.cluster.address;
  }

  hosts(): readonly HostInfo[] {
    return this.system.cluster.hosts();
  }

  pools(): readonly PoolInfo[] {
    return this.system.cluster.pools();
  }

  /**
   * Adds a pool, and gives it when it runs.
   *
   * @param host Where; on the first machine by default.
   * @throws ERR_CONFIG, ERR_ACTOR_START, ERR_CLOSED, ERR_NO_RESOURCES when there is no such host
   */
  addPool(options: PoolOptions = {}, host?: string): Promise<PoolInfo> {
    return this.system.cluster.addPool(options, host);
  }

  /** Stops a pool's actors, then the pool. @throws ERR_NO_RESOURCES when there is no such pool. */
  removePool(id: string): Promise<void> {
    return this.system.cluster.removePool(id);
  }

  /**
   * Brings a large object to other hosts before they ask for it, through a tree: each passes on what it gets.
   *
   * @param hosts Names of hosts, each once; all there are by default.
   * @returns Which hosts have it, and which have not, each with what went wrong there.
   * @throws Why the object failed; ERR_OBJECT_LOST, ERR_CONFIG, ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED
   */
  async broadcast(
    ref: ObjectRef,
    hosts: readonly string[] = this.hosts().map(({ name }) => name),
    options?: SpreadOptions,
  ): Promise<Spread> {
    const named = new Map(hosts.map((host) => [this.#storeOf(host), host]));
    const spread = await objects.broadcast(ref, [...named.keys()], options);
    return {
      hosts: spread.hosts.map((store) => named.get(store)!),
      failed: new Map([...spread.failed].map(([store, error]) => [named.get(store)!, error])),
    };
  }

  /**
   * Sends a file of this host to another, whole or not at all.
   *
   * @param host Its name: `host-1`.
   * @param target A path in the folder in which that host takes files: `joinHost({ objects: { files } })`.
   * @throws ERR_CONFIG, ERR_UNAUTHORIZED, ERR_STORE_FULL, ERR_OBJECT_LOST when the file became shorter meanwhile,
   *   ERR_ACTOR_DIED when the host is lost, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED. Nothing of it is left there then.
   */
  sendFile(path: string, host: string, target: string, options?: WaitOptions): Promise<void> {
    return objects.sendFile(path, this.#storeOf(host), target, options);
  }

  /** The process that has the store of a host: its agent, which is called as the host, but for a driver's own. */
  #storeOf(host: string): string {
    const { node } = this.runtime;
    return host === node.host ? node.agent : host;
  }

  /** @returns Takes the listener away. */
  on<K extends keyof ClusterEvents>(event: K, listener: (event: ClusterEvents[K]) => void): () => void {
    return this.system.cluster.on(event, listener);
  }

  /**
   * Has something end with this cluster: {@link close} begins with it, and waits for it.
   *
   * @returns Takes it back, for what ended before.
   */
  endWith(end: () => Promise<void>): () => void {
    this.#companions.add(end);
    return () => this.#companions.delete(end);
  }

  /** Stops the actors, then the pools, and leaves nothing behind. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.onClose();
    await Promise.allSettled(Array.from(this.#companions, (end) => end()));
    await this.tasks.close();
    await this.system.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
