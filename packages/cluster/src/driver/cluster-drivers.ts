import { type Logger, isSameHost, sweepRuntimeDirectory, TroupeError } from "@troupe/core";

import { recordsOf } from "../brain/actor-tree.js";
import type { Brain } from "../brain/brain.js";
import type { ClusterEvents } from "../cluster-events.js";
import type { ClusterView } from "../cluster-view.js";
import type { Introduction } from "../hosts/greeting.js";
import type { GuestKeeper } from "../hosts/reception.js";
import type { Death } from "../node/brain-port.js";
import { goneOp } from "../node/news.js";
import { tellOthers } from "../node/tell.js";
import type { ActorCare } from "../supervision/actor-care.js";
import { stopActors } from "../supervision/vacate.js";
import {
  type ClusterNews,
  clusterNewsOp,
  clusterOp,
  type ClusterRequest,
  type GroupFacts,
} from "./driver-messages.js";

/** What {@link ClusterDrivers} need of the cluster. */
export interface DriversSurroundings {
  readonly brain: Brain;
  readonly cluster: ClusterView;
  readonly log: Logger;
  readonly care: () => ActorCare;
}

/** Events of which drivers hear. */
const told: Readonly<Record<keyof ClusterEvents, true>> = {
  "host-joined": true,
  "host-left": true,
  "pool-died": true,
  "pool-recovered": true,
  "pool-changed": true,
  "actor-died": true,
  "dead-letter": true,
};

/** The programs that joined a cluster. What belongs to one goes with it, and the cluster stays. */
export class ClusterDrivers implements GuestKeeper {
  /** By driver, what gives up its placement groups, by their ids. */
  readonly #groups = new Map<string, Map<string, () => void>>();

  constructor(private readonly surroundings: DriversSurroundings) {
    const { cluster } = surroundings;
    cluster.node.serve(clusterOp, (args, from) => this.#answer(args as ClusterRequest, from));
    for (const event of Object.keys(told) as (keyof ClusterEvents)[])
      cluster.on(event, (about) => this.#tellAll([event, about] as ClusterNews));
  }

  onJoin(name: string, { member }: Introduction, host: string): void {
    const { brain, cluster, log } = this.surroundings;
    cluster.node.introduce(member);
    brain.processes.up(brain.processes.add({ name, kind: "driver", host }), member);
    this.#groups.set(name, new Map());
    this.#tell(name, ["all", { hosts: cluster.hosts(), pools: cluster.pools() }]);
    log.info({ driver: name, pid: member.process.pid }, `${name} joined`);
  }

  async onLeave(name: string): Promise<void> {
    const { brain, care, log } = this.surroundings;
    await stopActors(care(), recordsOf(brain.tree.rootsOf(name)), `${name}, which made it, left`, log);
  }

  onGone(name: string, reason: string): void {
    const { brain, cluster, log } = this.surroundings;
    const entry = brain.processes.get(name)!;
    const { process } = entry.peer!;
    log.info({ driver: name, reason }, `${name} is gone: ${reason}`);
    const death: Death = {
      process: name,
      pid: process.pid,
      exitCode: null,
      signal: null,
      stderr: [],
      reason: `was lost: ${reason}`,
    };
    for (const remove of this.#groups.get(name)?.values() ?? []) remove();
    this.#groups.delete(name);
    brain.lost(entry, death);
    brain.tree.disown(name, `${name}, which made it, is gone`);
    brain.processes.remove(entry);
    cluster.node.gone(death);
    tellOthers(cluster.node, brain.processes, goneOp, death, name);
    if (isSameHost(process)) sweepRuntimeDirectory();
  }

  async #answer(request: ClusterRequest, from: string): Promise<unknown> {
    const { cluster } = this.surroundings;
    const groups = this.#groups.get(from);
    if (!groups) throw new TroupeError("ERR_CLOSED", `"${from}" is no driver of this cluster any more.`);
    switch (request[0]) {
      case "resources":
        return cluster.resources();
      case "processes":
        return cluster.processes();
      case "placement-group": {
        const [, bundles, strategy, options] = request;
        const group = await cluster.placementGroup(bundles, strategy, options);
        // Nobody is there any more to remove it.
        if (this.#groups.get(from) !== groups) return group.remove();
        groups.set(group.id, () => group.remove());
        return { id: group.id, strategy: group.strategy, bundles: group.bundles } satisfies GroupFacts;
      }
      case "remove-group":
        groups.get(request[1])?.();
        return void groups.delete(request[1]);
      case "add-pool":
        return cluster.addPool(request[1], request[2]);
      case "remove-pool":
        return cluster.removePool(request[1]);
      default:
        throw new TroupeError("ERR_PROTOCOL", `"${from}" asked the head something that it does not know.`);
    }
  }

  #tellAll(news: ClusterNews): void {
    for (const name of this.#groups.keys()) this.#tell(name, news);
  }

  #tell(name: string, news: ClusterNews): void {
    this.surroundings.cluster.node.tell(name, clusterNewsOp, news);
  }
}
