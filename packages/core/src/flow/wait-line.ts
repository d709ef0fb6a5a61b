import { armDeadline, type WaitOptions } from "./deadline.js";
import { type Deferred, deferred } from "./deferred.js";
import { Fifo } from "./fifo.js";

interface Waiter<R, C> {
  readonly context: C;
  readonly done: Deferred<R>;
  settled: boolean;
}

/** Waiters that gave up stay in line until there are this many, and half of the line is them. */
const sweepFrom = 32;

/**
 * Those who wait for a turn, served in the order they came. Whose deadline ends leaves the line.
 *
 * @typeParam R What a waiter gets.
 * @typeParam C What a waiter brings.
 */
export class WaitLine<R, C = undefined> {
  #line = new Fifo<Waiter<R, C>>();
  #gone = 0;

  /** Those still waiting. */
  get size(): number {
    return this.#line.size - this.#gone;
  }

  /**
   * Waits to be served.
   *
   * @throws ERR_TIMEOUT, ERR_CANCELLED; the waiter has left the line then, and is not served.
   */
  async wait(what: string, context: C, options: WaitOptions): Promise<R> {
    const waiter: Waiter<R, C> = { context, done: deferred<R>(), settled: false };
    this.#line.push(waiter);
    const disarm = armDeadline(what, options, (error) => this.#giveUp(waiter, error));
    try {
      return await waiter.done.promise;
    } finally {
      disarm();
    }
  }

  /** What the first in line brings; `undefined` when nobody waits. */
  peek(): C | undefined {
    for (let waiter = this.#line.peek(); waiter; waiter = this.#line.peek()) {
      if (!waiter.settled) return waiter.context;
      this.#line.shift();
      this.#gone--;
    }
    return undefined;
  }

  /** Takes the first in line out of it; whoever calls must settle it. `undefined` when nobody waits. */
  next(): { readonly context: C; readonly done: Deferred<R> } | undefined {
    for (let waiter = this.#line.shift(); waiter; waiter = this.#line.shift()) {
      if (!waiter.settled) {
        waiter.settled = true;
        return waiter;
      }
      this.#gone--;
    }
    return undefined;
  }

  #giveUp(waiter: Waiter<R, C>, error: Error): void {
    if (waiter.settled) return;
    waiter.settled = true;
    waiter.done.reject(error);
    this.#gone++;
    if (this.#gone >= sweepFrom && this.#gone * 2 >= this.#line.size) this.#sweep();
  }

  /** Costs as much as the line is long, once for every half of it that gave up. */
  #sweep(): void {
    const kept = new Fifo<Waiter<R, C>>();
    for (const waiter of this.#line) if (!waiter.settled) kept.push(waiter);
    this.#line = kept;
    this.#gone = 0;
  }
}
