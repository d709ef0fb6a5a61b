import { TroupeError } from "../errors/troupe-error.js";
import { armDeadline, type WaitOptions } from "./deadline.js";
import { type Deferred, deferred } from "./deferred.js";
import { Fifo } from "./fifo.js";

/**
 * A first-in-first-out queue with a limit: `push` waits while it is full, `shift` while it is empty.
 *
 * Waiting pushers and shifters are served in order. Closing wakes them all: items already queued can
 * still be taken, then `shift` gives `undefined` and `push` rejects with ERR_CLOSED.
 */
export class BoundedQueue<T> {
  readonly #items = new Fifo<T>();
  readonly #pushers = new Fifo<{ item: T; done: Deferred<void>; settled: boolean }>();
  readonly #shifters = new Fifo<{ done: Deferred<T | undefined>; settled: boolean }>();
  #closed = false;

  /**
   * @param limit Items held before `push` waits; at least 1.
   * @param what Names the queue in errors.
   */
  constructor(
    readonly limit: number,
    readonly what = "queue",
  ) {
    if (!(limit >= 1))
      throw new TroupeError("ERR_CONFIG", `The limit of a ${what} must be at least 1, not ${limit}.`);
  }

  /** Items queued now. */
  get size(): number {
    return this.#items.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Adds the item if there is room; says whether it did. */
  tryPush(item: T): boolean {
    if (this.#closed || this.#items.size >= this.limit) return false;
    this.#accept(item);
    return true;
  }

  /**
   * Adds the item, waiting for room.
   *
   * @throws ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED; in each case the item was not added.
   */
  async push(item: T, options: WaitOptions = {}): Promise<void> {
    if (this.#closed) throw this.#closedError();
    if (this.#pushers.size === 0 && this.tryPush(item)) return;
    const waiter = { item, done: deferred<void>(), settled: false };
    this.#pushers.push(waiter);
    await settleWithin(waiter, `push to a full ${this.what}`, options);
  }

  /** Takes the oldest item, or `undefined` when there is none now. */
  tryShift(): T | undefined {
    const item = this.#items.shift();
    if (item !== undefined) this.#admit();
    return item;
  }

  /**
   * Takes the oldest item, waiting for one; `undefined` once the queue is closed and empty.
   *
   * @throws ERR_TIMEOUT, ERR_CANCELLED; in each case nothing was taken.
   */
  async shift(options: WaitOptions = {}): Promise<T | undefined> {
    const item = this.tryShift();
    if (item !== undefined || this.#closed) return item;
    const waiter = { done: deferred<T | undefined>(), settled: false };
    this.#shifters.push(waiter);
    return settleWithin(waiter, `shift from an empty ${this.what}`, options);
  }

  /** Refuses further items and wakes all who wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (let waiter = this.#pushers.shift(); waiter; waiter = this.#pushers.shift()) {
      if (!waiter.settled) waiter.done.reject(this.#closedError());
    }
    for (let waiter = this.#shifters.shift(); waiter; waiter = this.#shifters.shift()) {
      if (!waiter.settled) waiter.done.resolve(undefined);
    }
  }

  #accept(item: T): void {
    for (let waiter = this.#shifters.shift(); waiter; waiter = this.#shifters.shift()) {
      if (waiter.settled) continue;
      waiter.settled = true;
      waiter.done.resolve(item);
      return;
    }
    this.#items.push(item);
  }

  #admit(): void {
    while (this.#items.size < this.limit) {
      const waiter = this.#pushers.shift();
      if (!waiter) return;
      if (waiter.settled) continue;
      waiter.settled = true;
      this.#accept(waiter.item);
      waiter.done.resolve();
    }
  }

  #closedError(): TroupeError {
    return new TroupeError("ERR_CLOSED", `The ${this.what} is closed.`);
  }
}

async function settleWithin<R>(
  waiter: { done: Deferred<R>; settled: boolean },
  what: string,
  options: WaitOptions,
): Promise<R> {
  const disarm = armDeadline(what, options, (error) => {
    if (waiter.settled) return;
    waiter.settled = true;
    waiter.done.reject(error);
  });
  try {
    return await waiter.done.promise;
  } finally {
    disarm();
  }
}
