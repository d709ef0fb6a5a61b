import { type ActorOptions, type ActorRuntime, ActorSystem, definitionOf, type Remote } from "@troupe/actors";
import type { ActorRecord, ClusterEvents, HostInfo, OutputLog, PoolInfo, PoolOptions } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

import { assertImportable } from "../module/importable.js";

/** Options of {@link init}. */
export interface InitOptions {
  /** Where names of actors are unique when nothing else is said. Default: "default". */
  readonly namespace?: string | undefined;
  /** How many pools, or the options of each. Default: one for each core. */
  readonly pools?: number | readonly PoolOptions[] | undefined;
  /**
   * Where lines go that pools write: nowhere (`false`), to a logger, to a function. Default: to this process's own
   * output, as `(path pid=123) text`.
   */
  readonly log?: OutputLog;
  /** Milliseconds for starting. */
  readonly timeout?: number | undefined;
}

const known: Readonly<Record<keyof InitOptions, true>> = {
  namespace: true,
  pools: true,
  log: true,
  timeout: true,
};

/** What a program holds of its cluster. */
export class Cluster implements AsyncDisposable {
  #isClosed = false;

  private constructor(
    private readonly system: ActorSystem,
    private readonly onClose: (cluster: Cluster) => void,
  ) {}

  /** As {@link init}. @param onClose Told when it begins to close. */
  static async start(options: InitOptions, onClose: (cluster: Cluster) => void): Promise<Cluster> {
    checkOptions(options);
    const { namespace, pools, log } = options;
    return new Cluster(await ActorSystem.start({ namespace, pools, log }), onClose);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The actors of this process, and its way to all others. */
  get runtime(): ActorRuntime {
    return this.system.runtime;
  }

  /**
   * Makes an actor of a class, in the pool that its options or the placement say.
   *
   * @throws ERR_ACTOR_START with the cause, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_ENTRY_MODULE,
   *   ERR_CONFIG, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_CLOSED. In each case nothing of it is left.
   */
  async create<A extends unknown[], T extends object>(
    Class: new (...args: A) => T,
    args?: A,
    options?: ActorOptions,
  ): Promise<Remote<T>> {
    const definition = definitionOf(Class);
    assertImportable(definition);
    return (await this.runtime.creator.create(definition, args ?? [], options)) as Remote<T>;
  }

  /** The living actor of that path, or of that name; `undefined` when there is none. */
  async find<T extends object = object>(pathOrName: string): Promise<Remote<T> | undefined> {
    return this.system.find<T>(pathOrName);
  }

  /** Living actors, oldest first. */
  actors(): readonly ActorRecord[] {
    return this.system.actors();
  }

  hosts(): readonly HostInfo[] {
    return this.system.cluster.hosts();
  }

  pools(): readonly PoolInfo[] {
    return this.system.cluster.pools();
  }

  /** Adds a pool, and gives it when it runs. @throws ERR_CONFIG, ERR_ACTOR_START, ERR_CLOSED */
  addPool(options: PoolOptions = {}): Promise<PoolInfo> {
    return this.system.cluster.addPool(options);
  }

  /** Stops a pool's actors, then the pool. @throws ERR_NO_RESOURCES when there is no such pool. */
  removePool(id: string): Promise<void> {
    return this.system.cluster.removePool(id);
  }

  /** @returns Takes the listener away. */
  on<K extends keyof ClusterEvents>(event: K, listener: (event: ClusterEvents[K]) => void): () => void {
    return this.system.cluster.on(event, listener);
  }

  /** Stops the actors, then the pools, and leaves nothing behind. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.onClose(this);
    await this.system.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function checkOptions(options: object): void {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `init() has no option ${unknown.map((name) => `"${name}"`).join(", ")}; its options are ${Object.keys(known).join(", ")}.`,
    { details: { unknown } },
  );
}
