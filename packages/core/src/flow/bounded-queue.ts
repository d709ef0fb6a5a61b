import { TroupeError } from "../errors/troupe-error.js";
import { cancelledError, type WaitOptions } from "./deadline.js";
import { Fifo } from "./fifo.js";
import { WaitLine } from "./wait-line.js";

/**
 * A first-in-first-out queue with a limit: `push` waits while it is full, `shift` while it is empty.
 *
 * Waiting pushers and shifters are served in order. Closing wakes them all: items already queued can
 * still be taken, then `shift` gives `undefined` and `push` rejects with ERR_CLOSED. `undefined` is not
 * an item.
 */
export class BoundedQueue<T> {
  readonly #items = new Fifo<T>();
  readonly #pushers = new WaitLine<void, T>();
  readonly #shifters = new WaitLine<T | undefined>();
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
    const what = `push to a full ${this.what}`;
    if (this.#closed) throw this.#closedError();
    if (options.signal?.aborted) throw cancelledError(what, options.signal);
    if (this.#pushers.size === 0 && this.tryPush(item)) return;
    await this.#pushers.wait(what, item, options);
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
    const what = `shift from an empty ${this.what}`;
    if (options.signal?.aborted) throw cancelledError(what, options.signal);
    const item = this.tryShift();
    if (item !== undefined || this.#closed) return item;
    return this.#shifters.wait(what, undefined, options);
  }

  /** Refuses further items and wakes all who wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (let pusher = this.#pushers.next(); pusher; pusher = this.#pushers.next())
      pusher.done.reject(this.#closedError());
    for (let shifter = this.#shifters.next(); shifter; shifter = this.#shifters.next())
      shifter.done.resolve(undefined);
  }

  #accept(item: T): void {
    const shifter = this.#shifters.next();
    if (shifter) shifter.done.resolve(item);
    else this.#items.push(item);
  }

  #admit(): void {
    while (this.#items.size < this.limit) {
      const pusher = this.#pushers.next();
      if (!pusher) return;
      this.#accept(pusher.context);
      pusher.done.resolve();
    }
  }

  #closedError(): TroupeError {
    return new TroupeError("ERR_CLOSED", `The ${this.what} is closed.`);
  }
}
