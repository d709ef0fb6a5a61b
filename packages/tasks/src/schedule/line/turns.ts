import type { Submitter } from "./submitter.js";

/**
 * Whose turn it is: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996). Who was given least comes first,
 * and who comes anew begins where the others are. Of two that both have tasks waiting
 * which fit, neither gets ahead of the other by more than one task of each.
 */
export class Turns {
  /** Those with tasks in line, who was given least first. */
  readonly #order: Submitter[] = [];
  #now = 0;

  [Symbol.iterator](): Iterator<Submitter> {
    return this.#order.values();
  }

  /** It has tasks in line from now on. */
  enter(submitter: Submitter): void {
    submitter.served = Math.max(submitter.served, this.#now);
    this.#order.push(submitter);
    this.#moveUp(this.#order.length - 1);
  }

  leave(submitter: Submitter): void {
    this.#order.splice(this.#order.indexOf(submitter), 1);
  }

  /** It was given a task that is thought to cost that much. */
  serve(submitter: Submitter, cost: number): void {
    this.#now = Math.max(this.#now, submitter.served);
    submitter.served += cost;
    let at = this.#order.indexOf(submitter);
    for (; at + 1 < this.#order.length; at++) {
      const next = this.#order[at + 1]!;
      if (next.served > submitter.served) break;
      this.#order[at] = next;
    }
    this.#order[at] = submitter;
  }

  #moveUp(from: number): void {
    const submitter = this.#order[from]!;
    let at = from;
    for (; at > 0 && this.#order[at - 1]!.served > submitter.served; at--)
      this.#order[at] = this.#order[at - 1]!;
    this.#order[at] = submitter;
  }
}
