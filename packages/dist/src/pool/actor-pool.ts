import { inspect } from "node:util";

import { actorOf, type AnyRemote, type Remote, stop } from "@troupe/actors";
import type { ActorRecord } from "@troupe/cluster";
import {
  armDeadline,
  isTroupeError,
  timeoutProblem,
  TroupeError,
  type WaitOptions,
  withDeadline,
} from "@troupe/core";

import type { ActorFactory } from "../actor/actor-class.js";
import { create } from "../create.js";
import { type Items, Mapping, type Outcome } from "./mapping.js";
import { Roster } from "./roster.js";
import { callOf, type ItemMethod, type ItemOf, type PoolWork, type ResultOf } from "./work.js";

/** Options of an item that is given to a pool. */
export interface SubmitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that an actor has for an item, from when it gets it. Default: as long as it takes. */
  readonly timeout?: number | undefined;
  /** Items that an actor may have at a time, this one included. Default 1. */
  readonly concurrency?: number | undefined;
  /** Times that an item goes to another actor when the one that had it died; it may have begun there. Default 0. */
  readonly retries?: number | undefined;
}

/** Options of {@link ActorPool.map}. */
export interface MapOptions extends SubmitOptions {
  /** Whether results come in the order of their items; otherwise as they are there. Default `true`. */
  readonly ordered?: boolean | undefined;
  /** Whether each item gives an outcome; otherwise the first that fails ends the iteration. Default `false`. */
  readonly settled?: boolean | undefined;
  /** Items that may be begun while their results are not taken yet. Default: twice what the actors can have. */
  readonly ahead?: number | undefined;
}

type Settled = MapOptions & { readonly settled: true };
type Unsettled = MapOptions & { readonly settled?: false | undefined };

/** What `map()` gives: iterated once. Leaving the loop cancels what runs. */
type Results<R> = AsyncGenerator<R, void, undefined>;

/**
 * Actors of one class that share work: each item goes to the one that has least to do.
 *
 * ```ts
 * await using pool = await ActorPool.create(Renderer, 4);
 * for await (const image of pool.map("render", frames)) show(image);
 * ```
 */
export class ActorPool<T extends object> implements AsyncDisposable {
  readonly #roster: Roster<T>;
  /** Of what is under way. */
  readonly #ends = new Set<AbortController>();
  /** Actors that it made. */
  #own: readonly Remote<T>[] = [];
  #closed: Promise<void> | undefined;

  /**
   * @param refs Actors that live already, and live on when the pool is closed.
   * @throws ERR_CONFIG
   */
  constructor(refs: Iterable<AnyRemote<T>>) {
    this.#roster = new Roster(refs as Iterable<Remote<T>>);
  }

  /**
   * Makes a pool with its own actors, which are stopped when it is closed.
   *
   * @param Class A distributed class, or `Class.with(options)`.
   * @param args Of the constructor.
   * @throws As `create` of the class. No actor is left then.
   */
  static async create<A extends unknown[], T extends object>(
    Class: (new (...args: A) => T) | ActorFactory<A, T>,
    count: number,
    ...args: NoInfer<A>
  ): Promise<ActorPool<T>> {
    checkCount("count", count, 1);
    const make = () => (typeof Class === "function" ? create(Class, args) : Class.create(...args));
    const made = await Promise.allSettled(Array.from({ length: count }, make));
    const refs = made.flatMap((result) => (result.status === "fulfilled" ? [result.value as Remote<T>] : []));
    const failed = made.find((result) => result.status === "rejected");
    if (failed) {
      await Promise.allSettled(refs.map((ref) => stop(ref)));
      throw failed.reason;
    }
    const pool = new ActorPool<T>(refs);
    pool.#own = refs;
    return pool;
  }

  /** Actors that live, as far as that is known: one that died is found out by the next item that it gets. */
  get size(): number {
    return this.#roster.size;
  }

  /** Actors that have an item of this pool now. */
  get busy(): number {
    return this.#roster.busy;
  }

  /** Those that have none. */
  get idle(): number {
    return this.size - this.busy;
  }

  /** What waits for an actor: items, and each `map()` that has more of them. */
  get waiting(): number {
    return this.#roster.waiting;
  }

  /**
   * Gives each item to an actor, several at a time, and their results as they are taken. An item is taken from its
   * source only when there is an actor free for it, and not too many results wait to be taken.
   *
   * @param work Name of a method that takes an item, or a function that calls the actor.
   * @throws By the iteration, at once and whatever results are still to come: what the first item that failed threw,
   *   unless `settled`; what the source threw; ERR_CANCELLED, ERR_CLOSED; ERR_ACTOR_DIED when no actor is left. What
   *   runs is cancelled then. ERR_CONFIG.
   */
  map<K extends ItemMethod<T>>(
    method: K,
    items: Items<ItemOf<T, K>>,
    options: Settled,
  ): Results<Outcome<ItemOf<T, K>, ResultOf<T, K>>>;
  map<K extends ItemMethod<T>>(
    method: K,
    items: Items<ItemOf<T, K>>,
    options?: Unsettled,
  ): Results<ResultOf<T, K>>;
  map<I, R>(work: PoolWork<T, I, R>, items: Items<I>, options: Settled): Results<Outcome<I, R>>;
  map<I, R>(work: PoolWork<T, I, R>, items: Items<I>, options?: Unsettled): Results<R>;
  map(
    work: string | PoolWork<T, unknown, unknown>,
    items: Items<unknown>,
    options: MapOptions = {},
  ): Results<unknown> {
    const { concurrency = 1, ordered = true, settled = false } = options;
    const { ahead = 2 * concurrency * Math.max(1, this.size) } = options;
    checkOptions(options);
    checkCount("ahead", ahead, 1);
    checkItems(items);
    const ready = (bound: WaitOptions) => this.#roster.untilFree(concurrency, bound);
    const perform = (item: unknown, signal: AbortSignal) => this.#perform(work, item, { ...options, signal });
    const plan = { items, ordered, settled, ahead, ready, perform };
    return this.#map((end) => new Mapping({ ...plan, end }), options);
  }

  /**
   * Gives one item to an actor, when there is one free.
   *
   * @throws What the work throws; ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED, ERR_ACTOR_DIED; ERR_MAILBOX_FULL when very
   *   many wait; ERR_CONFIG.
   */
  submit<K extends ItemMethod<T>>(
    method: K,
    item: ItemOf<T, K>,
    options?: SubmitOptions,
  ): Promise<ResultOf<T, K>>;
  submit<I, R>(work: PoolWork<T, I, R>, item: I, options?: SubmitOptions): Promise<R>;
  async submit(
    work: string | PoolWork<T, unknown, unknown>,
    item: unknown,
    options: SubmitOptions = {},
  ): Promise<unknown> {
    checkOptions(options);
    const { signal } = options;
    const [end, over] = this.#begin(signal);
    try {
      return await this.#perform(work, item, { ...options, signal: end.signal });
    } catch (error) {
      end.signal.throwIfAborted();
      throw error;
    } finally {
      over();
    }
  }

  /** Cancels what is under way, and stops the actors that it made. Idempotent. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#roster.close(closedError);
    for (const end of this.#ends) end.abort(closedError());
    await Promise.all(this.#own.map((ref) => stop(ref)));
  }

  /** Gives what ends something that begins now, and what is to be called when it is over. */
  #begin(signal: AbortSignal | undefined): [AbortController, () => void] {
    const end = new AbortController();
    this.#ends.add(end);
    const disarm = armDeadline("the work of a pool", { signal }, (error) => end.abort(error));
    const over = () => {
      disarm();
      this.#ends.delete(end);
    };
    return [end, over];
  }

  async *#map(
    begin: (end: AbortController) => Mapping<unknown, unknown>,
    { signal, settled = false }: MapOptions,
  ): Results<unknown> {
    const [end, over] = this.#begin(signal);
    try {
      for await (const outcome of begin(end).outcomes()) {
        if (settled) yield outcome;
        else if (outcome.status === "fulfilled") yield outcome.value;
      }
    } finally {
      over();
    }
  }

  async #perform(
    work: string | PoolWork<T, unknown, unknown>,
    item: unknown,
    { signal, timeout, concurrency = 1, retries = 0 }: SubmitOptions,
  ): Promise<unknown> {
    const call = typeof work === "string" ? callOf<T>(work) : work;
    for (let left = retries; ; left--) {
      const member = await this.#roster.take(concurrency, { signal });
      const record = actorOf(member.ref);
      const options = { signal, timeout };
      try {
        const result = (async () => call(member.ref, item, options))();
        return await withDeadline("an item of a pool", result, options);
      } catch (error) {
        if (!isDeathOf(record, error)) throw error;
        if (!record.revives) this.#roster.lose(member, error);
        if (left <= 0) throw error;
      } finally {
        this.#roster.giveBack(member);
      }
    }
  }
}

/** Whether the error is that this actor died. */
function isDeathOf({ id, pool }: ActorRecord, error: unknown): boolean {
  if (!isTroupeError(error, "ERR_ACTOR_DIED")) return false;
  const { actor, process } = error.details;
  return actor === id || process === pool;
}

function closedError(): TroupeError {
  return new TroupeError("ERR_CLOSED", "The pool of actors was closed.");
}

/** @throws ERR_CONFIG */
function checkOptions({ concurrency, retries, timeout }: SubmitOptions): void {
  checkCount("concurrency", concurrency ?? 1, 1);
  checkCount("retries", retries ?? 0, 0);
  const problem = timeoutProblem(timeout);
  if (problem) throw problem;
}

/** @throws ERR_CONFIG */
function checkItems(items: unknown): void {
  const { [Symbol.iterator]: some, [Symbol.asyncIterator]: others } = Object(items) as Record<
    symbol,
    unknown
  >;
  if (typeof some === "function" || typeof others === "function") return;
  throw new TroupeError(
    "ERR_CONFIG",
    `The items for a pool are an iterable or an async iterable, not ${inspect(items)}.`,
  );
}

function checkCount(option: string, count: number, least: number): void {
  if ((Number.isInteger(count) || (count === Infinity && least === 0)) && count >= least) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `${option} of a pool must be a whole number from ${least}, not ${inspect(count)}.`,
  );
}
