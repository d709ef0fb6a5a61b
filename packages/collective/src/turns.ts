import { type WaitOptions } from "@troupe/core";

import type { Members } from "./members.js";
import type { Memory } from "./memory.js";
import type { Missing, Waiting } from "./waiting.js";

/**
 * The steps in which members go together. In each turn a member writes to its slot, arrives, waits until all have
 * arrived, and reads the slots of the others.
 *
 * A member has two slots, for turns in turn: it may write to the one of the last turn but one, as all that read it
 * have arrived at the last turn since, and this member has seen that.
 */
export class Turns {
  /** The slot of the present turn, 0 or 1. */
  slot: 0 | 1 = 0;
  readonly #members: Members;
  readonly #progress: readonly Int32Array[];
  readonly #waiting: Waiting;
  /** Wraps after 2^32 steps; only differences count. */
  #step = 0;

  constructor(memory: Memory, members: Members, waiting: Waiting) {
    this.#members = members;
    this.#progress = memory.members.map(({ progress }) => progress);
    this.#waiting = waiting;
  }

  /** What is written from here on is of the next turn. */
  begin(): void {
    this.slot = this.slot === 0 ? 1 : 0;
  }

  /** Ends the writing of this turn, and waits for all others. @throws as {@link Waiting.until}, ERR_PEER_LEFT */
  async meet(what: string, options: WaitOptions): Promise<void> {
    this.#arriveAt((this.#step + 1) | 0);
    if (!this.#waiting.glance(this.#missing)) await this.#wait(what, this.#missing, options);
  }

  /**
   * Within a turn of `steps` steps: this member has done those up to the `step`th. A turn ends with {@link skip}.
   */
  announce(step: number): void {
    this.#publish((this.#step + step) | 0);
  }

  /** Waits until a member has announced that. @throws as {@link meet} */
  async follow(member: number, step: number, what: string, options: WaitOptions): Promise<void> {
    const target = (this.#step + step) | 0;
    const missing = () => (this.#isAt(member, target) ? -1 : member);
    if (!this.#waiting.glance(missing)) await this.#wait(what, missing, options);
  }

  /** All steps of a turn are over. */
  skip(steps: number): void {
    this.#step = (this.#step + steps) | 0;
  }

  readonly #missing: Missing = () => {
    const { rank, size } = this.#members;
    for (let i = 1; i < size; i++) {
      // Each looks at its neighbour first, so that not all wait for the same one.
      const other = (rank + i) % size;
      if (!this.#isAt(other, this.#step)) return other;
    }
    return -1;
  };

  #isAt(member: number, step: number): boolean {
    return ((Atomics.load(this.#progress[member]!, 0) - step) | 0) >= 0;
  }

  #arriveAt(step: number): void {
    this.#step = step;
    this.#publish(step);
  }

  #publish(step: number): void {
    Atomics.store(this.#progress[this.#members.rank]!, 0, step);
    this.#members.wake();
  }

  async #wait(what: string, missing: Missing, options: WaitOptions): Promise<void> {
    await this.#waiting.until(what, missing, () => this.#members.over(), options);
  }
}
