/** Does one thing after the other, in the order in which they are given. */
export class Lane {
  #last: Promise<unknown> | undefined;

  async run<T>(work: () => Promise<T>): Promise<T> {
    const previous = this.#last;
    const mine = previous === undefined ? work() : previous.then(work);
    const settled = mine.catch(() => undefined);
    this.#last = settled;
    try {
      return await mine;
    } finally {
      if (this.#last === settled) this.#last = undefined;
    }
  }
}
