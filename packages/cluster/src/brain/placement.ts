import type { PlaceRequest } from "../node/brain-port.js";
import type { ProcessEntry } from "./process-table.js";

/** Decides where an actor is made. */
export interface PlacementPolicy {
  /** @param pools Those that may be picked, at least one. */
  pick(request: PlaceRequest, pools: readonly ProcessEntry[]): ProcessEntry;
}

/**
 * The pool with the fewest actors, in turn among those that have equally few. One that ended is picked only
 * when all have: it is being started again, which may take a while.
 */
export class FewestActors implements PlacementPolicy {
  #turn = 0;

  pick(_request: PlaceRequest, pools: readonly ProcessEntry[]): ProcessEntry {
    let best = 0;
    let least = Infinity;
    for (let offset = 0; offset < pools.length; offset++) {
      const index = (this.#turn + offset) % pools.length;
      const pool = pools[index]!;
      const weight = pool.actors.size + (pool.state === "ended" ? ended : 0);
      if (weight >= least) continue;
      least = weight;
      best = index;
    }
    this.#turn = best + 1;
    return pools[best]!;
  }
}

/** More than any pool has actors. */
const ended = 2 ** 40;
