/** Milliseconds. */
const grace = 1_000;

/** Tells when nothing has happened for a while. Costs a look at the clock for what happens, and one timer. */
export class IdleWatch {
  #timer: NodeJS.Timeout | undefined;
  /** Whoever had it made may be slow to come. */
  #last = performance.now() + grace;

  /**
   * @param patience Milliseconds, and a second more before anything happened at all.
   * @param onIdle Gives whether that ends the watch.
   */
  constructor(
    private readonly patience: number,
    private readonly onIdle: () => boolean,
  ) {
    this.#wait(patience);
  }

  /** Something happened. */
  note(): void {
    this.#last = performance.now();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      const left = this.#last + this.patience - performance.now();
      if (left > 0) this.#wait(Math.ceil(left));
      else if (!this.onIdle()) this.#wait(this.patience);
    }, milliseconds).unref();
  }
}
