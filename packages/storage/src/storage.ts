import { inspect } from "node:util";

import { armDeadline, TroupeError, type WaitOptions, withDeadline } from "@troupe/core";

import { checkCall, checkNumber, checkTtl, checkWait } from "./arguments.js";
import { ChangeFeed } from "./change-feed.js";
import type { Payload, StorageChange, StorageDriver, StoredEntry, VersionId } from "./driver.js";
import { checkKey, checkPrefix } from "./key.js";
import { openDriver } from "./open-driver.js";
import { fromPayload, toPayload } from "./payload.js";
import { loadEntries } from "./snapshot/load.js";
import { saveEntries } from "./snapshot/save.js";
import { withoutPassword } from "./without-password.js";

/** Entries of a saved file that are put at once. */
const loadBatch = 256;

export interface PutOptions extends WaitOptions {
  /** Milliseconds after which the key is gone. Absent: it stays. */
  readonly ttl?: number | undefined;
}

/** Changes of a store, by `for await` or `next()`. Ends by `return()`, its signal, or the store's `close()`. */
export interface StorageWatch extends AsyncIterableIterator<StorageChange, undefined>, AsyncDisposable {
  /**
   * Settles when changes by other processes are seen too; those made through the same `Storage` are seen
   * from the call of `watch` on.
   */
  readonly ready: Promise<void>;
  return(): Promise<IteratorResult<StorageChange, undefined>>;
  [Symbol.asyncIterator](): StorageWatch;
}

/**
 * Key-value state with atomic updates, in memory, in LMDB or in Redis. Values are whatever the codec
 * carries: plain data, typed arrays, Map, Set, Date, BigInt, errors, `undefined`. What `get` gives is a
 * copy; changing it changes nothing in the store.
 *
 * A resolved write is seen by every read that begins afterwards, in any process, and is durable as far as
 * the driver is: memory until the process ends, LMDB across a kill of the process, Redis as that server is
 * configured. Calls on one key through one `Storage` take effect in their order when each is awaited.
 *
 * Keys are text of 1 to 1024 bytes in UTF-8 (ERR_CONFIG). A value that the codec cannot carry is
 * ERR_NOT_SERIALIZABLE, one of more than 256 MiB ERR_MESSAGE_TOO_LARGE. Every method rejects with
 * ERR_TIMEOUT or ERR_CANCELLED by its options (a write then may or may not have happened), with
 * ERR_CLOSED after `close()`, and with ERR_STORE_FULL when the driver has no room for a write.
 */
export class Storage implements AsyncDisposable {
  readonly #url: string;
  #driver: StorageDriver | undefined;
  #opening: Promise<StorageDriver> | undefined;
  #closing: Promise<void> | undefined;
  readonly #closed = new AbortController();
  /** Saves and loads under way. */
  readonly #running = new Set<Promise<unknown>>();
  readonly #feeds = new Set<ChangeFeed>();

  /**
   * Nothing is opened before the first use.
   *
   * @param source Where the store is, as for {@link openStorage}, or a driver of one's own.
   */
  constructor(source: string | StorageDriver = "memory:") {
    if (typeof source === "string") {
      this.#url = source;
    } else if (typeof (source as StorageDriver | null)?.url === "string") {
      this.#url = source.url;
      this.#driver = source;
    } else {
      throw new TroupeError(
        "ERR_CONFIG",
        `A store is named by a URL, or is a driver; ${inspect(source)} is neither.`,
      );
    }
  }

  /** Where the store is, without a password. */
  get url(): string {
    return this.#driver?.url ?? withoutPassword(this.#url);
  }

  /** Opens the store now rather than on first use. @throws what {@link openStorage} does. */
  async open(options: WaitOptions = {}): Promise<void> {
    await this.#open(options);
  }

  /** Sets the key whatever it held, and gives the new version. A ttl that it had is gone unless given again. */
  put(key: string, value: unknown, options?: PutOptions): Promise<VersionId> {
    try {
      checkCall(key, options);
      const ttl = checkTtl(options);
      const payload = toPayload(value);
      return this.#use((driver) => driver.put(key, payload, ttl, options), options);
    } catch (error) {
      return rejected(error);
    }
  }

  /** The value, or `fallback` when the key does not exist. A key that holds `undefined` exists. */
  get<T = unknown>(key: string): Promise<T | undefined>;
  get<T>(key: string, fallback: T, options?: WaitOptions): Promise<T>;
  get<T = unknown>(key: string, fallback: T | undefined, options?: WaitOptions): Promise<T | undefined>;
  get(key: string, fallback?: unknown, options?: WaitOptions): Promise<unknown> {
    try {
      checkCall(key, options);
      const driver = this.#ready();
      if (driver === undefined) return this.#open(options).then(() => this.get(key, fallback, options));
      const payload = driver.get(key, options);
      if (payload instanceof Promise) {
        return payload.then((found) => (found === undefined ? fallback : fromPayload(found)));
      }
      return Promise.resolve(payload === undefined ? fallback : fromPayload(payload));
    } catch (error) {
      return rejected(error);
    }
  }

  async has(key: string, options?: WaitOptions): Promise<boolean> {
    return (await this.id(key, options)) !== undefined;
  }

  /** Whether there was something to delete. */
  async delete(key: string, options?: WaitOptions): Promise<boolean> {
    checkCall(key, options);
    return this.#use((driver) => driver.delete(key, options), options);
  }

  /** The version now, `undefined` when the key does not exist. */
  async id(key: string, options?: WaitOptions): Promise<VersionId | undefined> {
    checkCall(key, options);
    return this.#use((driver) => driver.id(key, options), options);
  }

  /**
   * Adds `by` to a number, starting from `init` when the key does not exist, and gives the sum. Atomic. A
   * key's ttl stays.
   *
   * @throws ERR_CONFIG when the key holds something else than a number.
   */
  incr(key: string, by = 1, init = 0, options?: WaitOptions): Promise<number> {
    try {
      checkCall(key, options);
      checkNumber("by", by);
      checkNumber("init", init);
      return this.#use((driver) => driver.add(key, by, init, options), options);
    } catch (error) {
      return rejected(error);
    }
  }

  /** {@link Storage.incr} by `-by`. */
  decr(key: string, by = 1, init = 0, options?: WaitOptions): Promise<number> {
    return this.incr(key, typeof by === "number" ? -by : by, init, options);
  }

  /**
   * Replaces the value by what `fn` makes of it (`undefined` when there is none; returning `undefined`
   * deletes), and gives it. Atomic. A key's ttl stays.
   *
   * @param fn Synchronous and free of side effects: it runs again when another writer was first. What it
   * throws goes to the caller, and nothing changes.
   */
  async update<T = unknown>(
    key: string,
    fn: (value: T | undefined) => T | undefined,
    options?: WaitOptions,
  ): Promise<T | undefined> {
    checkCall(key, options);
    let result: T | undefined;
    const change = (payload: Payload | undefined) => {
      result = fn(payload === undefined ? undefined : (fromPayload(payload) as T));
      if (result instanceof Promise) throw asynchronousUpdate(key, result);
      return result === undefined ? undefined : toPayload(result);
    };
    await this.#use((driver) => driver.update(key, change, options), options);
    return result;
  }

  /** Puts if the version is `id` (`undefined`: if the key does not exist). The new version, or `undefined` when another was first. */
  async cas(
    key: string,
    id: VersionId | undefined,
    value: unknown,
    options?: PutOptions,
  ): Promise<VersionId | undefined> {
    checkCall(key, options);
    const ttl = checkTtl(options);
    const payload = toPayload(value);
    return this.#use((driver) => driver.cas(key, id, payload, ttl, options), options);
  }

  /**
   * Keys with the prefix, in order of their UTF-8 bytes. A key that comes or goes meanwhile may be in it
   * or not; every other is, once. The timeout is for each step, not for the whole.
   */
  async *keys(prefix = "", options?: WaitOptions): AsyncGenerator<string, void, undefined> {
    checkPrefix(prefix);
    checkWait(options);
    const driver = await this.#open(options);
    try {
      for await (const page of driver.keys(prefix, options)) {
        for (const key of page) {
          checkWait(options);
          if (this.#closing !== undefined) throw this.#closedError();
          yield key;
        }
      }
    } catch (error) {
      throw this.#closing === undefined ? error : this.#closedError();
    }
  }

  /**
   * Changes after the call, of keys with the prefix, by any process: puts, deletes and expiries. Changes of
   * one key that come faster than they are taken are merged into the latest. Ends quietly by `signal` or
   * `close()`.
   *
   * Fails with ERR_MAILBOX_FULL when it may have missed changes: more than 100,000 keys changed that the
   * watcher has not taken, or a shared store could not tell (the driver's README says when).
   */
  watch(prefix = "", options: { readonly signal?: AbortSignal | undefined } = {}): StorageWatch {
    checkPrefix(prefix);
    if (this.#closing !== undefined) throw this.#closedError();
    const feed = new ChangeFeed(prefix, options.signal);
    this.#feeds.add(feed);
    feed.onEnd(() => this.#feeds.delete(feed));
    const driver = this.#driver;
    const ready = (
      driver === undefined ? this.#open().then((opened) => opened.watch(feed)) : driver.watch(feed)
    ).catch((error: unknown) => {
      feed.end(error as Error);
      throw error;
    });
    // Whoever only iterates gets the failure from the iteration.
    ready.catch(() => {});
    return asWatch(feed, ready);
  }

  /**
   * Writes the keys (all by default) to a file and gives how many. The file appears whole or not at all,
   * and any driver can load it. A time to live is kept as the moment at which it ends. The memory and
   * LMDB drivers write one consistent state; Redis one that is consistent for each key.
   *
   * @throws ERR_CONFIG when the file cannot be written.
   */
  async save(path: string, keys?: readonly string[], options: WaitOptions = {}): Promise<number> {
    if (typeof keys === "string") {
      throw new TroupeError("ERR_CONFIG", `save() takes an array of keys, not the text "${String(keys)}".`);
    }
    for (const key of keys ?? []) checkKey(key);
    checkWait(options);
    const driver = await this.#open(options);
    return this.#abortable(`save to ${path}`, options, (signal) =>
      saveEntries(path, driver.entries(keys, options), signal),
    );
  }

  /**
   * Puts back what a file holds, overwriting, and gives how many keys; those whose time is over are left
   * out. Other keys stay. The whole file is checked before anything changes.
   *
   * @throws ERR_SCHEMA when the file is not one of {@link Storage.save}, or is damaged; ERR_CONFIG when it
   * cannot be read.
   */
  async load(path: string, options: WaitOptions = {}): Promise<number> {
    checkWait(options);
    const driver = await this.#open(options);
    return this.#abortable(`load of ${path}`, options, async (signal) => {
      let batch: StoredEntry[] = [];
      let count = 0;
      const put = async () => {
        const entries = batch;
        batch = [];
        count += await putAll(driver, entries, options);
      };
      for await (const entry of loadEntries(path, signal)) {
        if (batch.push(entry) === loadBatch) await put();
      }
      await put();
      return count;
    });
  }

  /** Ends all watches, waits for writes under way and lets go of everything. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#running);
    for (const feed of [...this.#feeds]) feed.end();
    const driver = this.#driver ?? (await this.#opening?.catch(() => undefined));
    await driver?.close();
  }

  /** The driver, when it is open already. */
  #ready(): StorageDriver | undefined {
    if (this.#closing !== undefined) throw this.#closedError();
    return this.#driver;
  }

  /** Calls the driver: at once when it is open, so that a `close()` that follows waits for the call. */
  #use<R>(call: (driver: StorageDriver) => R | Promise<R>, options?: WaitOptions): Promise<R> {
    const driver = this.#ready();
    if (driver === undefined) return this.#open(options).then(call);
    const result = call(driver);
    return result instanceof Promise ? result : Promise.resolve(result);
  }

  async #open(options: WaitOptions = {}): Promise<StorageDriver> {
    const driver = this.#ready();
    if (driver !== undefined) return driver;
    if (this.#opening === undefined) return this.#begin(options);
    try {
      return await withDeadline(`opening of storage ${this.url}`, this.#opening, options);
    } catch (error) {
      // Whoever began may have had less time, or a signal that is not this caller's.
      if (this.#opening !== undefined || this.#closing !== undefined) throw error;
      return this.#begin(options);
    }
  }

  async #begin(options: WaitOptions): Promise<StorageDriver> {
    const signals = [this.#closed.signal, options.signal].filter((signal) => signal !== undefined);
    const opening = openDriver(this.#url, { ...options, signal: AbortSignal.any(signals) });
    this.#opening = opening;
    try {
      const driver = await opening;
      if (this.#closing !== undefined) throw this.#closedError();
      return (this.#driver = driver);
    } catch (error) {
      this.#opening = undefined; // the next call tries again
      throw this.#closing === undefined ? error : this.#closedError();
    }
  }

  /** Runs something long, which its options or `close()` end at its next step. */
  async #abortable<R>(
    what: string,
    options: WaitOptions,
    run: (signal: AbortSignal) => Promise<R>,
  ): Promise<R> {
    if (this.#closing !== undefined) throw this.#closedError();
    const controller = new AbortController();
    const disarm = armDeadline(what, options, (error) => controller.abort(error));
    const running = run(AbortSignal.any([controller.signal, this.#closed.signal]));
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      throw this.#closing === undefined ? error : this.#closedError();
    } finally {
      disarm();
      this.#running.delete(running);
    }
  }

  #closedError(): TroupeError {
    return new TroupeError("ERR_CLOSED", `The storage ${this.url} is closed; open another.`);
  }
}

function asWatch(feed: ChangeFeed, ready: Promise<void>): StorageWatch {
  const watch: StorageWatch = {
    ready,
    next: () => feed.next(),
    return: () => feed.return(),
    [Symbol.asyncIterator]: () => watch,
    [Symbol.asyncDispose]: async () => {
      await feed.return();
    },
  };
  return watch;
}

/** Puts entries with what is left of their time, and gives how many had some. */
async function putAll(
  driver: StorageDriver,
  entries: readonly StoredEntry[],
  options: WaitOptions,
): Promise<number> {
  const puts = entries.flatMap(({ key, payload, expiresAt }) => {
    const ttl = expiresAt === undefined ? undefined : expiresAt - Date.now();
    return ttl !== undefined && ttl <= 0 ? [] : [driver.put(key, payload, ttl, options)];
  });
  await Promise.all(puts);
  return puts.length;
}

function asynchronousUpdate(key: string, result: Promise<unknown>): TroupeError {
  result.catch(() => {});
  return new TroupeError(
    "ERR_CONFIG",
    `The function given to update of "${key}" is asynchronous; do the waiting before, or use id and cas.`,
  );
}

function rejected(error: unknown): Promise<never> {
  return Promise.reject(error instanceof Error ? error : new Error(String(error), { cause: error }));
}
