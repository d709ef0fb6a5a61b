/**
 * Numbers that grow and never repeat: microseconds since 1970, or one more than the one before.
 *
 * Being of the clock, they go on growing when another process takes over that knows nothing of them.
 * They are safe integers until the year 2255.
 */
export class Sequence {
  #last = 0;

  next(): number {
    return (this.#last = Math.max(this.#last + 1, Date.now() * 1_000));
  }

  /** Lets all later numbers be greater than `seen`, whatever the clock of the one who gave it. */
  observe(seen: number): void {
    this.#last = Math.max(this.#last, seen);
  }
}
