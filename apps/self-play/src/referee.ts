import { setImmediate } from "node:timers/promises";

import type { Policy } from "./policy/policy.js";
import { follow, Pong } from "./pong/pong.js";
import { Seat } from "./pong/seat.js";
import { randomOf } from "./random.js";

/** Steps between two looks at what else there is to do. */
const burst = 256;
/** The same games for each policy. */
const seed = 1;

/**
 * Lets a policy play against one that never changes.
 *
 * @param balls How many come to it.
 * @returns The share of them that it hits.
 */
export async function hitRate(policy: Policy, balls: number): Promise<number> {
  const game = new Pong(randomOf(seed));
  const seat = new Seat(game, 0);
  let [came, hits] = [0, 0];
  for (let step = 1; came < balls; step++) {
    const contact = game.step(policy.best(seat.sight()), follow(game, 1));
    if (contact?.isHit === false) seat.begin();
    else seat.goOn();
    if (contact?.side === 0) {
      came++;
      if (contact.isHit) hits++;
    }
    if (step % burst === 0) await setImmediate();
  }
  return hits / balls;
}
