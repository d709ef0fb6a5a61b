import { inspect } from "node:util";

import { context } from "@troupe/actors";
import { cancelledError, Fifo, isTroupeError, TroupeError, WaitLine, type WaitOptions } from "@troupe/core";

import { QueueItems } from "./queue-items.js";

/** Options of a {@link Queue}. */
export interface QueueOptions {
  /** Puts that may wait for room, and gets that may wait for items; one more is ERR_MAILBOX_FULL. Default 10,000 of each. */
  readonly waiters?: number | undefined;
}

/** Options of a `get(n)`. */
export interface GetOptions extends WaitOptions {
  /** Items to wait for, at most the capacity. Default 1. */
  readonly min?: number | undefined;
}

/** Items on their way in. */
interface Putting<T> {
  readonly items: readonly T[];
  /** How many of them are in. */
  added: number;
}

interface Getting {
  readonly max: number;
  readonly min: number;
}

const one: Getting = { max: 1, min: 1 };

/**
 * A first-in-first-out queue with a limit: `put` waits while it is full, `get` while it is empty. Those who wait are
 * served in the order in which they came; one that gives up leaves the line, and takes or adds nothing.
 *
 * It works in one process as it is, and as an actor is the queue of many.
 */
export class Queue<T> implements AsyncDisposable {
  readonly #items = new Fifo<T>();
  readonly #putters = new WaitLine<void, Putting<T>>();
  readonly #getters = new WaitLine<T[], Getting>();
  readonly #waiters: number;
  #isClosed = false;
  /** Of the call that runs; there are calls where the queue is an actor. */
  #callSignal: () => AbortSignal | undefined = () => undefined;

  /**
   * @param capacity Items that it holds, from 1.
   * @throws ERR_CONFIG
   */
  constructor(
    readonly capacity = 1024,
    { waiters = 10_000 }: QueueOptions = {},
  ) {
    checkCount("The capacity of a queue", capacity);
    checkCount("The waiters of a queue", waiters);
    this.#waiters = waiters;
  }

  /** Items in it. */
  get size(): number {
    return this.#items.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Puts that wait for room, and gets that wait for items. */
  get waiting(): { readonly puts: number; readonly gets: number } {
    return { puts: this.#putters.size, gets: this.#getters.size };
  }

  /**
   * Adds an item, behind those of whoever waits already.
   *
   * @throws ERR_CLOSED, ERR_TIMEOUT, ERR_CANCELLED, ERR_MAILBOX_FULL when very many wait; the item is not added then.
   */
  async put(item: T, options?: WaitOptions): Promise<void> {
    await this.#put({ items: [item], added: 0 }, options);
  }

  /**
   * Adds items one after the other, with nobody's between them; more than the capacity, too.
   *
   * @throws As `put`. What was added before stays: `details.added` of the error says how many.
   */
  async putAll(items: Iterable<T>, options?: WaitOptions): Promise<void> {
    const putting: Putting<T> = { items: [...items], added: 0 };
    try {
      await this.#put(putting, options);
    } catch (error) {
      if (isTroupeError(error)) Object.assign(error.details, { added: putting.added });
      throw error;
    }
  }

  /** Adds an item if there is room and nobody waits for it; says whether it did. @throws ERR_CLOSED */
  tryPut(item: T): boolean {
    if (this.#isClosed) throw closedError();
    if (this.#putters.size > 0 || this.#items.size === this.capacity) return false;
    this.#items.push(item);
    this.#settle();
    return true;
  }

  /**
   * Takes the oldest item, waiting for one; `undefined` when the queue was closed and is empty.
   *
   * @throws ERR_TIMEOUT, ERR_CANCELLED, ERR_MAILBOX_FULL when very many wait; nothing is taken then.
   */
  get(options?: WaitOptions): Promise<T | undefined>;
  /**
   * Takes the oldest items: at least `min` of them, for which it waits, and at most `n`. Of a queue that was closed
   * what is left, which may be none.
   *
   * @throws As `get()`; ERR_CONFIG.
   */
  get(n: number, options?: GetOptions): Promise<T[]>;
  async get(first: number | WaitOptions = {}, options: GetOptions = {}): Promise<T | T[] | undefined> {
    if (typeof first === "object") return (await this.#get(one, first))[0];
    const { min = 1 } = options;
    checkCount("The n of get(n)", first, Infinity);
    checkCount("The min of get(n)", min, Math.min(first, this.capacity));
    return this.#get({ max: first, min }, options);
  }

  /** Takes the oldest item if there is one and nobody waits for it; else `undefined`. */
  tryGet(): T | undefined;
  /** Takes at most `n` of the oldest items; none while somebody waits for them. @throws ERR_CONFIG */
  tryGet(n: number): T[];
  tryGet(n?: number): T | T[] | undefined {
    if (n !== undefined) checkCount("The n of tryGet(n)", n, Infinity);
    const items = this.#getters.size === 0 ? this.#take(n ?? 1) : [];
    return n === undefined ? items[0] : items;
  }

  /**
   * The items as they come, until the queue was closed and is empty. Each goes to one of those who iterate or get.
   * Leaving a `for await` ends it.
   */
  items(): AsyncIterableIterator<T, undefined> {
    return new QueueItems((signal) => this.#get(one, {}, signal));
  }

  /**
   * Takes no more items: those who wait to put get ERR_CLOSED, those who wait to get what is left, and then nothing.
   * Idempotent.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (let putter = this.#putters.next(); putter; putter = this.#putters.next())
      putter.done.reject(closedError());
    for (let getter = this.#getters.next(); getter; getter = this.#getters.next())
      getter.done.resolve(this.#take(getter.context.max));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** As an actor it has callers who may give up, and closes when it is to stop, as nobody else could come then. */
  onStart(): void {
    this.#callSignal = () => context().signal;
    context().signal.addEventListener("abort", () => this.close(), { once: true });
  }

  async #put(putting: Putting<T>, options: WaitOptions = {}): Promise<void> {
    const what = "put() into a full queue";
    if (this.#isClosed) throw closedError();
    if (options.signal?.aborted) throw cancelledError(what, options.signal);
    const { size } = this.#putters;
    if (size === 0 && this.#getters.size === 0 && this.#add(putting)) return;
    if (size === this.#waiters) throw crowdedError(`${size} puts wait for room in the queue`);
    const added = this.#putters.wait(what, putting, this.#bound(options));
    this.#settle();
    await added;
  }

  async #get({ max, min }: Getting, options: WaitOptions, signal?: AbortSignal): Promise<T[]> {
    const what = "get() from an empty queue";
    if (options.signal?.aborted) throw cancelledError(what, options.signal);
    const { size } = this.#getters;
    if (this.#isClosed || (size === 0 && this.#items.size >= min)) return this.#take(max);
    if (size === this.#waiters) throw crowdedError(`${size} gets wait for items of the queue`);
    try {
      return await this.#getters.wait(what, { max, min }, signal ? { signal } : this.#bound(options));
    } catch (error) {
      // Those behind it may want fewer.
      this.#settle();
      throw error;
    }
  }

  /** Takes what is there, and lets in those who waited for the room. */
  #take(max: number): T[] {
    const taken: T[] = [];
    while (taken.length < max && this.#items.size > 0) {
      taken.push(this.#items.shift() as T);
      if (this.#putters.size > 0) this.#admit();
    }
    return taken;
  }

  /** Serves all those who wait, as far as there are items and room. */
  #settle(): void {
    this.#admit();
    for (let first = this.#getters.peek(); first; first = this.#getters.peek()) {
      if (this.#items.size < first.min) return;
      this.#getters.next()!.done.resolve(this.#take(first.max));
    }
  }

  /** Lets in those who wait for room. */
  #admit(): void {
    for (let first = this.#putters.peek(); first && this.#add(first); first = this.#putters.peek())
      this.#putters.next()!.done.resolve();
  }

  /** Adds what there is room for; says whether that was all. */
  #add(putting: Putting<T>): boolean {
    const { items } = putting;
    while (putting.added < items.length && this.#items.size < this.capacity)
      this.#items.push(items[putting.added++]!);
    return putting.added === items.length;
  }

  /** How long something may wait: as its options say, and no longer than the caller of an actor. */
  #bound({ timeout, signal }: WaitOptions): WaitOptions {
    const ofCall = this.#callSignal();
    return { timeout, signal: signal && ofCall ? AbortSignal.any([signal, ofCall]) : (signal ?? ofCall) };
  }
}

function closedError(): TroupeError {
  return new TroupeError("ERR_CLOSED", "The queue was closed, and takes no more items.");
}

function crowdedError(problem: string): TroupeError {
  return new TroupeError("ERR_MAILBOX_FULL", `${problem} already; have fewer wait, or give it more waiters.`);
}

/** @throws ERR_CONFIG */
function checkCount(what: string, count: number, most = Number.MAX_SAFE_INTEGER): void {
  if ((Number.isInteger(count) || count === most) && count >= 1 && count <= most) return;
  const to = most >= Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
  throw new TroupeError("ERR_CONFIG", `${what} must be a whole number from 1${to}, not ${inspect(count)}.`);
}
