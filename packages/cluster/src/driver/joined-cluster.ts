import { configuredClusterKey, type Logger, TroupeError, type WaitOptions, withDeadline } from "@troupe/core";
import type { Limits } from "@troupe/proxy";
import type { PlacementGroup, PlacementStrategy, RequestedAmounts } from "@troupe/resources";

import type { PoolOptions } from "../agent/pool-options.js";
import type { ClusterResources } from "../brain/placer.js";
import { type ClusterEvents, EventListeners, type HostInfo, type PoolInfo } from "../cluster-events.js";
import type { ClusterView } from "../cluster-view.js";
import { Guest } from "../hosts/guest.js";
import type { LivingActor } from "../node/brain-port.js";
import type { Node } from "../node/node.js";
import { loggerOf, type OutputLog } from "../output/output-sink.js";
import type { ProcessInfo } from "../processes/process-info.js";
import {
  type ClusterNews,
  clusterNewsOp,
  clusterOp,
  type ClusterRequest,
  type GroupFacts,
} from "./driver-messages.js";
import { KnownCluster } from "./known-cluster.js";

/** Options of {@link JoinedCluster.join}. */
export interface JoinClusterOptions {
  /** Where the head listens: `tcp://10.0.0.5:7700`. */
  readonly address: string;
  /** The cluster's key. Default: `TROUPE_KEY`, else the file that `TROUPE_KEY_FILE` names. */
  readonly key?: string | undefined;
  /** Where names of this driver's actors are unique when nothing else is said. Default: that of the cluster. */
  readonly namespace?: string | undefined;
  /** Milliseconds for joining. Default 10,000. */
  readonly timeout?: number | undefined;
  /** A logger for what this process has to say of the cluster; `false` for nothing. What pools write is told by the head. */
  readonly log?: OutputLog;
  readonly limits?: Partial<Limits> | undefined;
  /** Gets this process's node before anybody else can reach it, and the cluster's `settings`. */
  readonly onNode?: ((node: Node, settings: Readonly<Record<string, unknown>>) => void) | undefined;
}

const joinLimit = 10_000;

/**
 * A standing cluster as a driver has it that joined: its head is another process, perhaps on another machine. What
 * belongs to this driver, its actors that are not detached, its tasks and objects, goes when it closes or dies.
 */
export class JoinedCluster implements ClusterView {
  readonly namespace: string;
  readonly log: Logger;
  readonly #listeners: EventListeners;
  readonly #known = new KnownCluster();
  #isLost = false;
  #closed: Promise<void> | undefined;

  private constructor(
    private readonly guest: Guest,
    readonly address: string,
    { namespace, log }: JoinClusterOptions,
  ) {
    this.namespace = namespace ?? guest.welcome.namespace;
    this.log = loggerOf(log);
    this.#listeners = new EventListeners(this.log);
    guest.node.serve(clusterNewsOp, (news) => this.#hear(news as ClusterNews));
  }

  /**
   * Joins.
   *
   * @throws ERR_UNAUTHORIZED for another key; ERR_PROTOCOL for a head of another version; ERR_PEERS_MISSING when nobody is
   *   there; ERR_TIMEOUT, ERR_CONFIG. Nothing is left then.
   */
  static async join(options: JoinClusterOptions): Promise<JoinedCluster> {
    const { address, key: text, namespace, timeout = joinLimit, limits, onNode } = options;
    const key = configuredClusterKey(text);
    if (!key)
      throw new TroupeError(
        "ERR_CONFIG",
        "Joining a cluster needs its key: set TROUPE_KEY, or TROUPE_KEY_FILE, or the option `key`, the same as its head.",
        { details: { option: "key" } },
      );
    const log = loggerOf(options.log);
    const guest = await Guest.open({ address, key, kind: "driver", namespace, timeout, limits, log });
    const cluster = new JoinedCluster(guest, address, options);
    try {
      onNode?.(guest.node, guest.welcome.settings);
      await guest.join({}, ({ reason }) => cluster.#lost(reason));
      return cluster;
    } catch (error) {
      await guest.close("it could not join");
      throw error;
    }
  }

  get node(): Node {
    return this.guest.node;
  }

  /** As they were when the head last told of one that joined or left. */
  hosts(): HostInfo[] {
    return this.#known.hosts();
  }

  /** As each was when the head last told of it: what changes with every actor may be older. */
  pools(): PoolInfo[] {
    return this.#known.pools();
  }

  async processes(): Promise<ProcessInfo[]> {
    return (await this.#ask(["processes"])) as ProcessInfo[];
  }

  async actors(): Promise<readonly LivingActor[]> {
    return this.node.brain.actors();
  }

  async resources(): Promise<ClusterResources> {
    return (await this.#ask(["resources"])) as ClusterResources;
  }

  async placementGroup(
    bundles: readonly RequestedAmounts[],
    strategy?: PlacementStrategy,
    { timeout, signal }: WaitOptions = {},
  ): Promise<PlacementGroup> {
    const { PlacementGroup } = await import("@troupe/resources");
    const asked = this.#ask(["placement-group", bundles, strategy, { timeout }]) as Promise<GroupFacts>;
    const made = asked.then(
      (group) =>
        new PlacementGroup(group.id, group.strategy, group.bundles, () => {
          this.node.tell(this.node.head, clusterOp, ["remove-group", group.id] satisfies ClusterRequest);
        }),
    );
    try {
      return await withDeadline("placementGroup()", made, { signal });
    } catch (error) {
      // It may be granted yet, to nobody.
      made.then((group) => group.remove()).catch(() => {});
      throw error;
    }
  }

  async addPool(options?: PoolOptions, host?: string): Promise<PoolInfo> {
    return (await this.#ask(["add-pool", options, host])) as PoolInfo;
  }

  async removePool(id: string): Promise<void> {
    await this.#ask(["remove-pool", id]);
  }

  on<K extends keyof ClusterEvents>(event: K, listener: (event: ClusterEvents[K]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (!this.#isLost) await this.guest.leave();
    await this.guest.close("it left");
  }

  #ask(request: ClusterRequest): Promise<unknown> {
    return this.node.request(this.node.head, clusterOp, request);
  }

  #hear(news: ClusterNews): void {
    this.#known.hear(news);
    if (news[0] !== "all") this.#listeners.emit(news[0], news[1]);
  }

  /** The head is gone, or has given this driver up. All that it had there is gone for it. */
  #lost(reason: string): void {
    if (this.#closed || this.#isLost) return;
    this.#isLost = true;
    this.log.error({ address: this.address, reason }, `the cluster at ${this.address} is lost: ${reason}`);
    const { node } = this;
    const pids = new Map(this.pools().map(({ id, pid }) => [id, pid ?? 0]));
    pids.set(node.head, this.guest.welcome.head.process.pid);
    for (const [process, pid] of pids) {
      node.gone({
        process,
        pid,
        exitCode: null,
        signal: null,
        stderr: [],
        reason: `was lost with its cluster: ${reason}`,
      });
    }
  }
}
