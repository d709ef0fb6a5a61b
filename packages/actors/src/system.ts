import {
  Cluster,
  type ClusterOptions,
  type ClusterView,
  type DeadLetter,
  type JoinClusterOptions,
  JoinedCluster,
  pathName,
  type PoolInfo,
} from "@troupe/cluster";

import { definitionOf } from "./definition/definition.js";
import type { CreateOptions } from "./definition/options.js";
import { checkSlowCall, defaultSlowCall } from "./insight/slow-call.js";
import { ActorRuntime, type RuntimeOptions } from "./runtime/runtime.js";
import { shared } from "./shared.js";
import { holdStorage } from "./state/cluster-storage.js";
import { Care } from "./supervision/care.js";
import type { Remote } from "./types.js";

/** Options of {@link ActorSystem.start}: those of the cluster, whose program is that of this package by default. */
export interface ActorSystemOptions extends Omit<ClusterOptions, "program" | "onNode" | "care" | "settings"> {
  readonly program?: URL | undefined;
  /** Where the cluster's state is kept, as `openStorage` takes it. Default: in the memory of this process. */
  readonly storage?: string | undefined;
  /**
   * Milliseconds after which a call is slow: it is told of in the log, as is what waits for so long. Default 1,000; 0
   * for never.
   */
  readonly slowCall?: number | undefined;
}

/** The program that pools run. */
export const poolProgram = new URL("./pool-main.js", import.meta.url);

const defaultStorage = "memory:";

/** A cluster with actors in it, as one of its drivers has it: the one that started it, or one that joined. */
export class ActorSystem<C extends ClusterView = Cluster> implements AsyncDisposable {
  private constructor(
    readonly cluster: C,
    readonly runtime: ActorRuntime,
  ) {}

  /** Starts a cluster. @throws ERR_CONFIG */
  static async start({
    program = poolProgram,
    storage = defaultStorage,
    slowCall = defaultSlowCall,
    ...options
  }: ActorSystemOptions = {}): Promise<ActorSystem> {
    checkSlowCall(slowCall);
    let runtime: ActorRuntime | undefined;
    const cluster: Cluster = await Cluster.start({
      ...options,
      program,
      settings: { slowCall, preloads: [...shared.preloads] },
      onNode: (node) => {
        const onDeadLetter = (letter: DeadLetter) => cluster.emit("dead-letter", letter);
        const isUp = ({ state }: PoolInfo) => state === "up";
        runtime = new ActorRuntime(node, {
          slowCall,
          onDeadLetter,
          pools: () =>
            cluster
              .pools()
              .filter(isUp)
              .map(({ id }) => id),
        });
        return new Care(runtime);
      },
    });
    await holdStorage(runtime!, storage, cluster.namespace);
    warnOfStrangers(cluster);
    const system = new ActorSystem(cluster, runtime!);
    try {
      // Others are opened when they are needed; one that was asked for is to be there.
      if (storage !== defaultStorage) await runtime!.storage.use((store) => store.open());
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  /**
   * Joins a cluster that others may join. Actors that are made by this process end with it, but for the detached.
   *
   * @throws ERR_UNAUTHORIZED for another key; ERR_PROTOCOL for a head of another version; ERR_PEERS_MISSING when nobody is
   *   there; ERR_TIMEOUT, ERR_CONFIG
   */
  static async join(options: Omit<JoinClusterOptions, "onNode">): Promise<ActorSystem<JoinedCluster>> {
    let runtime: ActorRuntime | undefined;
    const cluster = await JoinedCluster.join({
      ...options,
      onNode: (node, { slowCall }: Pick<RuntimeOptions, "slowCall">) => {
        runtime = new ActorRuntime(node, { slowCall });
      },
    });
    return new ActorSystem(cluster, runtime!);
  }

  /**
   * Makes an actor and gives the reference to it.
   *
   * @throws ERR_ACTOR_START with the cause when it cannot start, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE,
   *   ERR_CONFIG, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; of one that waits for resources ERR_DEADLOCK, and
   *   ERR_CANCELLED when it is given up. In each case nothing of it is left.
   */
  async create<A extends unknown[], T extends object>(
    Class: new (...args: A) => T,
    args?: NoInfer<A>,
    options?: CreateOptions,
  ): Promise<Remote<T>>;
  /** Makes an actor of a function, which is called by calling the reference. */
  async create<F extends (...args: never) => unknown>(
    callable: F,
    args?: readonly [],
    options?: CreateOptions,
  ): Promise<Remote<F>>;
  async create(target: unknown, args: readonly unknown[] = [], options?: CreateOptions): Promise<unknown> {
    return this.runtime.creator.create(definitionOf(target), args, options);
  }

  /** The living actor of that path, or of that name; `undefined` when there is none. */
  async find<T = object>(pathOrName: string, namespace?: string): Promise<Remote<T> | undefined> {
    const record = await this.runtime.node.brain.find(pathOrName, namespace);
    return record && (this.runtime.references.to(record) as Remote<T>);
  }

  /** Living actors, oldest first. What they do is `runtime.insight.actors()`. */
  actors(): ReturnType<C["actors"]> {
    return this.cluster.actors() as ReturnType<C["actors"]>;
  }

  /** Stops the actors, then the pools, if they are of this process, and leaves nothing behind. Idempotent. */
  async close(): Promise<void> {
    await this.cluster.close();
    // The cluster has given them their time.
    await this.runtime.close("the cluster was closed", 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Components of a `troupe.yaml` that no class goes by take nothing, which is as a rule a misspelling. */
function warnOfStrangers({ topology, log }: Cluster): void {
  if (!topology) return;
  const known = new Set(Array.from(shared.definitions.names, pathName));
  const strangers = [...topology.components.keys()].filter((name) => !known.has(pathName(name)));
  if (strangers.length === 0) return;
  log.warn(
    { file: topology.file, components: strangers, known: [...known] },
    `${topology.file} says what ${strangers.join(", ")} take, and no class that is defined by now has such a name in paths`,
  );
}
