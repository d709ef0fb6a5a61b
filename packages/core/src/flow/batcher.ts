/**
 * Gathers items and hands them over together: when `limit` are there, or `delay` after the first.
 *
 * With no `delay` a batch is what was added in one turn of the event loop, promise continuations
 * included: `process.nextTick` from a continuation runs once the microtask queue is empty.
 */
export class Batcher<T> {
  #items: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  /**
   * @param deliver Gets each batch, in the order added. Must not throw.
   * @param options `limit`: items a batch at most. `delay`: milliseconds to wait for more; 0 is the end of the turn.
   */
  constructor(
    private readonly deliver: (items: T[]) => void,
    private readonly options: { readonly limit?: number; readonly delay?: number } = {},
  ) {}

  /** Items waiting for their batch. */
  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= (this.options.limit ?? Infinity)) this.flush();
    else if (!this.#scheduled) this.#schedule();
  }

  /** Delivers what is there now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#scheduled = false;
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.deliver(items);
  }

  #schedule(): void {
    this.#scheduled = true;
    const { delay = 0 } = this.options;
    if (delay > 0) {
      this.#timer = setTimeout(() => this.flush(), delay);
    } else {
      process.nextTick(() => {
        if (this.#scheduled) this.flush();
      });
    }
  }
}
