import type { WaitOptions } from "@troupe/core";
import type { PlacementGroup, PlacementStrategy, RequestedAmounts } from "@troupe/resources";

import type { PoolOptions } from "../agent/pool-options.js";
import type { ClusterEvents, HostInfo, PoolInfo } from "../cluster-events.js";

/** System request of a driver to the head: a question about the cluster, or something that is to be done. */
export const clusterOp = "cluster";
/** System request of the head to drivers, which nobody waits for: what they know of the cluster changes. */
export const clusterNewsOp = "cluster-news";

/** What {@link clusterOp} is asked with. */
export type ClusterRequest =
  | readonly ["resources"]
  | readonly ["processes"]
  | readonly [
      "placement-group",
      bundles: readonly RequestedAmounts[],
      strategy: PlacementStrategy | undefined,
      options: Pick<WaitOptions, "timeout">,
    ]
  | readonly ["remove-group", id: string]
  | readonly ["add-pool", options: PoolOptions | undefined, host: string | undefined]
  | readonly ["remove-pool", id: string];

/** A placement group as it travels. */
export type GroupFacts = Pick<PlacementGroup, "id" | "strategy" | "bundles">;

/** What {@link clusterNewsOp} is told with: all there is, first; then events of the cluster. */
export type ClusterNews =
  | readonly ["all", { readonly hosts: readonly HostInfo[]; readonly pools: readonly PoolInfo[] }]
  | EventNews<keyof ClusterEvents>;

type EventNews<K extends keyof ClusterEvents> = K extends unknown
  ? readonly [event: K, about: ClusterEvents[K]]
  : never;
