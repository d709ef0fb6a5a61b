import type { WaitOptions } from "@troupe/core";

/** Names one version of one key; two versions of a key never have the same, also across a delete. */
export type VersionId = string;

export interface PutOptions extends WaitOptions {
  /** Milliseconds after which the key is gone. Absent: it stays. */
  readonly ttl?: number | undefined;
}

/** What {@link Storage.watch} yields. `id` is `undefined` after a delete or an expiry. */
export interface StorageChange {
  readonly key: string;
  readonly id: VersionId | undefined;
}

/**
 * Key-value state with atomic updates. Values are whatever the codec carries: plain data, typed arrays,
 * Map, Set, Date, BigInt, errors. Every driver keeps the same promises, those of the testkit's storage suite.
 *
 * A resolved write is durable as far as the driver is: memory until the process ends, LMDB across a kill
 * of the process, Redis as that server is configured.
 */
export interface StorageDriver extends AsyncDisposable {
  readonly url: string;
  put(key: string, value: unknown, options?: PutOptions): Promise<VersionId>;
  get<T = unknown>(key: string, fallback?: T, options?: WaitOptions): Promise<T | undefined>;
  has(key: string, options?: WaitOptions): Promise<boolean>;
  /** Whether there was something to delete. */
  delete(key: string, options?: WaitOptions): Promise<boolean>;
  /** The version now, `undefined` when the key does not exist. */
  id(key: string, options?: WaitOptions): Promise<VersionId | undefined>;
  /** Adds `by` to a number, starting from `init` when the key does not exist; gives the sum. Atomic. A key's `ttl` stays. */
  incr(key: string, by?: number, init?: number, options?: WaitOptions): Promise<number>;
  decr(key: string, by?: number, init?: number, options?: WaitOptions): Promise<number>;
  /**
   * Replaces the value by what `fn` makes of it (`undefined` when there is none; returning `undefined`
   * deletes). Atomic: `fn` may run more than once, and must be synchronous and free of side effects.
   */
  update<T = unknown>(key: string, fn: (value: T | undefined) => T | undefined, options?: WaitOptions): Promise<T | undefined>;
  /** Puts if the version is `id` (`undefined`: if the key does not exist). The new version, or `undefined` when another was first. */
  cas(key: string, id: VersionId | undefined, value: unknown, options?: PutOptions): Promise<VersionId | undefined>;
  /** Keys with the prefix, in order of their UTF-8 bytes. */
  keys(prefix?: string, options?: WaitOptions): AsyncIterable<string>;
  /** Changes after the call, of keys with the prefix, by any process. Changes of one key may be merged into the latest. */
  watch(prefix: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<StorageChange>;
  /** Writes the keys (all by default) to a file, whole or not at all; gives how many. */
  save(path: string, keys?: readonly string[], options?: WaitOptions): Promise<number>;
  /** Puts back what a file holds, overwriting; gives how many keys. */
  load(path: string, options?: WaitOptions): Promise<number>;
  close(): Promise<void>;
}
