import { TroupeError } from "@troupe/core";
import type { Member } from "@troupe/registry";
import type { Topology } from "@troupe/resources";

import type { Death, PlaceRequest } from "../node/brain-port.js";
import { type Actor, ActorTree, nowhere, type TreeListener } from "./actor-tree.js";
import { FewestActors } from "./placement.js";
import { type MachineResources, Placer } from "./placer.js";
import { type ProcessEntry, ProcessTable } from "./process-table.js";

/** Where a new actor goes, or the one that is there already. */
export interface Placement {
  readonly actor: Actor;
  /** Absent when there has to be room for it first. */
  readonly process: ProcessEntry | undefined;
  /** It had the name already, and `getIfExists` was set. */
  readonly existing: boolean;
}

/** What there is to be given to actors. */
export interface BrainOptions {
  /** Name of this machine in the cluster. */
  readonly host?: string;
  readonly machine?: MachineResources | undefined;
  /** What actors take, by the name of their class in paths. */
  readonly topology?: Topology | undefined;
}

/**
 * What a cluster knows of itself: its processes, the tree of its actors, their names. State alone: it starts
 * nothing and sends nothing, and answers at once.
 */
export class Brain {
  readonly processes = new ProcessTable();
  readonly tree: ActorTree;
  /** For those that ask for resources, or by a policy. */
  readonly placer: Placer;
  readonly #policy = new FewestActors();

  constructor(
    listener: TreeListener,
    namespace = "default",
    { host = "host-0", machine = {}, topology }: BrainOptions = {},
  ) {
    this.placer = new Placer(host, this.processes, machine, topology);
    this.tree = new ActorTree(
      {
        ...listener,
        onVacant: (actor) => this.placer.release(actor),
      },
      namespace,
    );
  }

  /**
   * Picks a process for a new actor and reserves its place there.
   *
   * @throws ERR_NO_RESOURCES when there is no such pool, and what {@link ActorTree.reserve} throws.
   */
  place(request: PlaceRequest): Placement {
    if (request.getIfExists && request.name !== undefined) {
      const actor = this.tree.holder(request.name, request.namespace);
      if (actor) return { actor, process: this.processes.get(actor.pool)!, existing: true };
    }
    const isRationed = this.placer.isFor(request);
    const process = isRationed ? undefined : this.#pick(request);
    const isPostponed = request.lazy === true || isRationed;
    const actor = this.tree.reserve(request, isPostponed ? nowhere : process!);
    if (request.lazy) this.tree.postpone(actor);
    return { actor, process, existing: false };
  }

  /**
   * Finds a process for a dormant actor, and moves it there.
   *
   * @throws ERR_NO_RESOURCES, ERR_DEADLOCK, ERR_CANCELLED when the actor is given up meanwhile.
   */
  async placeAgain(actor: Actor): Promise<ProcessEntry> {
    const request = actor.request!;
    const process = this.placer.isFor(request) ? await this.placer.take(actor, request) : this.#pick(request);
    if (this.tree.get(actor.id) === actor && actor.state === "dormant") this.tree.move(actor, process);
    else this.placer.release(actor);
    return process;
  }

  /** A process ended, and its actors with it. It may be started again. */
  lost(process: ProcessEntry, death: Death): void {
    this.processes.down(process, death);
    this.tree.lost(process, `its process ${death.process} (pid ${death.pid}) ${death.reason}`);
  }

  /** How a process is reached, or how it ended. */
  peer(name: string): Member | { readonly ended: Death } | undefined {
    const process = this.processes.get(name);
    if (process?.peer) return process.peer;
    const ended = process?.death ?? this.processes.deathOf(name);
    return ended && { ended };
  }

  #pick(request: PlaceRequest): ProcessEntry {
    const { pool } = request;
    if (pool === undefined) {
      const { pools } = this.processes;
      if (pools.length > 0) return this.#policy.pick(request, pools);
      throw new TroupeError("ERR_NO_RESOURCES", "The cluster has no pool; add one with addPool().");
    }
    const named = this.processes.get(pool);
    if (named && named.state !== "leaving") return named;
    const labelled = this.processes.pools.filter(({ label }) => label === pool);
    if (labelled.length > 0) return this.#policy.pick(request, labelled);
    const known = this.processes.pools.map(({ name, label }) => (label ? `${name} (${label})` : name));
    throw new TroupeError(
      "ERR_NO_RESOURCES",
      `No pool has the name or label "${pool}"; there ${known.length === 1 ? "is" : "are"} ${known.join(", ") || "none"}.`,
      { details: { pool, known } },
    );
  }
}
