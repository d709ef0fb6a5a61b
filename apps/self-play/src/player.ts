import type { Writer } from "@troupe/dist";

import { Policy } from "./policy/policy.js";
import type { Contact, Pong, Side } from "./pong/pong.js";
import { Seat } from "./pong/seat.js";
import type { Random } from "./random.js";
import { checksum, type schema } from "./rows.js";

/** How much less an outcome counts for each step before it. */
const discount = 0.95;

/** A side of a game: plays by its policy, and writes what it saw and did once it is known what came of it. */
export class Player {
  readonly policy = new Policy();
  readonly #seat: Seat;
  /** Since the ball was with it last. */
  readonly #actions: number[] = [];
  readonly #chances: number[] = [];

  constructor(
    game: Pong,
    private readonly side: Side,
    private readonly random: Random,
    private readonly writer: Writer<typeof schema>,
    private readonly check: boolean,
  ) {
    this.#seat = new Seat(game, side);
  }

  act(): number {
    const action = this.policy.draw(this.#seat.sight(), this.random());
    this.#actions.push(action);
    this.#chances.push(this.policy.chances[action]!);
    return action;
  }

  /** A contact settles what the steps before it came to: it is good to hit the ball, and when the other does not. */
  see(contact: Contact | undefined): void {
    if (contact === undefined || (contact.isHit && contact.side !== this.side)) {
      this.#seat.advance();
      return;
    }
    this.#write(contact.isHit || contact.side !== this.side ? 1 : -1);
    if (contact.isHit) this.#seat.goOn();
    else this.#seat.begin();
  }

  #write(result: number): void {
    const steps = this.#actions.length;
    for (let step = 0; step < steps; step++) {
      const frames = this.#seat.observation(step);
      const action = this.#actions[step]!;
      const chance = this.#chances[step]!;
      const outcome = result * discount ** (steps - 1 - step);
      const check = this.check ? checksum(frames, action, chance, outcome) : 0;
      this.writer.write({ frames, action, chance, outcome, check });
    }
    this.#actions.length = this.#chances.length = 0;
  }
}
