import type { Cluster } from "@troupe/dist";

import type { Snapshot } from "./snapshot.js";

/** Counts what nobody could tell afterwards, since it was made. */
export class Tally {
  poolDeaths = 0;
  poolRecoveries = 0;
  hostsJoined = 0;
  hostsLeft = 0;
  deadLetters = 0;
  /** By class. */
  readonly actorDeaths = new Map<string, number>();
  /** By class; of those living that it began with, what they had been through before counts as well. */
  readonly actorRestarts = new Map<string, number>();
  /** Restarts of living actors, by their ids, that are counted already. */
  #known = new Map<number, number>();
  readonly #leave: readonly (() => void)[];

  constructor(cluster: Cluster) {
    this.#leave = [
      cluster.on("pool-died", () => this.poolDeaths++),
      cluster.on("pool-recovered", () => this.poolRecoveries++),
      cluster.on("host-joined", () => this.hostsJoined++),
      cluster.on("host-left", () => this.hostsLeft++),
      cluster.on("dead-letter", () => this.deadLetters++),
      cluster.on("actor-died", ({ actor }) => add(this.actorDeaths, actor.class, 1)),
    ];
  }

  /** Counts the restarts of living actors since it saw them last. */
  see(actors: Snapshot["actors"]): void {
    const known = new Map<number, number>();
    for (const { id, class: className, restarts } of actors) {
      if (restarts === 0) continue;
      known.set(id, restarts);
      add(this.actorRestarts, className, restarts - (this.#known.get(id) ?? 0));
    }
    this.#known = known;
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }
}

/** Adds to one of the sums. */
export function add(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
