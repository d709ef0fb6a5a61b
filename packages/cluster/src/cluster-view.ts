import type { Logger, WaitOptions } from "@troupe/core";
import type { PlacementGroup, PlacementStrategy, RequestedAmounts } from "@troupe/resources";

import type { PoolOptions } from "./agent/pool-options.js";
import type { ClusterResources } from "./brain/placer.js";
import type { ClusterEvents, HostInfo, PoolInfo } from "./cluster-events.js";
import type { LivingActor, MaybePromise } from "./node/brain-port.js";
import type { Node } from "./node/node.js";
import type { ProcessInfo } from "./processes/process-info.js";

/** A cluster as any of its drivers has it: the one that is its head, and those that joined. */
export interface ClusterView extends AsyncDisposable {
  /** Where names of this driver's actors are unique when nothing else is said. */
  readonly namespace: string;
  readonly log: Logger;
  /** Where others join: `tcp://10.0.0.5:7700`; `undefined` for a cluster that none can join. */
  readonly address: string | undefined;
  /** This process's place in the cluster. */
  readonly node: Node;
  /** The machines of the cluster, that of the head first. */
  hosts(): HostInfo[];
  pools(): PoolInfo[];
  /** Processes that were started and not removed, and what each takes. Takes a second at most. */
  processes(): Promise<ProcessInfo[]>;
  /** Living actors, oldest first. */
  actors(): MaybePromise<readonly LivingActor[]>;
  /** What there is, what of it is free, and who waits for some. */
  resources(): Promise<ClusterResources>;
  /**
   * Sets resources aside, all bundles or none: for actors whose `placement` is `group.bundle(i)`.
   *
   * @throws ERR_NO_RESOURCES for what can never be had, ERR_DEADLOCK, ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED
   */
  placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy?: PlacementStrategy,
    options?: WaitOptions,
  ): Promise<PlacementGroup>;
  /**
   * Adds a pool, and gives it when it runs.
   *
   * @param host Where; on the head's machine by default.
   * @throws ERR_CONFIG, ERR_CLOSED, ERR_ACTOR_START, ERR_NO_RESOURCES when there is no such host; in each case there is
   *   no new pool.
   */
  addPool(options?: PoolOptions, host?: string): Promise<PoolInfo>;
  /**
   * Stops a pool's actors, then the pool. Nothing is placed there from the moment of the call.
   *
   * @throws ERR_NO_RESOURCES when there is no such pool.
   */
  removePool(id: string): Promise<void>;
  /** @returns Takes the listener away. */
  on<K extends keyof ClusterEvents>(event: K, listener: (event: ClusterEvents[K]) => void): () => void;
  /** Stops what belongs to this driver; at the head that is all there is. Idempotent. */
  close(): Promise<void>;
}
