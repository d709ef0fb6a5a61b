import type { WaitOptions } from "@troupe/core";

import type { ChangeFeed } from "./change-feed.js";

/** Names one version of one key; two versions of a key never have the same, also across a delete. */
export type VersionId = string;

/**
 * A value as drivers keep it: a number as it is, so that they can add to it, all else in the codec's
 * bytes. Bytes handed to a driver are never changed afterwards; bytes that it gives belong to the caller.
 */
export type Payload = number | Uint8Array;

/** A key with what it holds, for saving. */
export interface StoredEntry {
  readonly key: string;
  readonly payload: Payload;
  /** Milliseconds since the epoch at which the key is gone. `undefined`: it stays. */
  readonly expiresAt: number | undefined;
}

/** What {@link Storage.watch} yields. `id` is `undefined` after a delete or an expiry. */
export interface StorageChange {
  readonly key: string;
  readonly id: VersionId | undefined;
}

/**
 * What a kind of store does; {@link Storage} puts the public interface on top.
 *
 * `Storage` has checked what comes in: keys are valid, a `ttl` is a positive number of milliseconds, a
 * signal has not aborted yet. Every method is atomic for its key, whichever process calls. A driver that
 * can wait keeps to `wait`; one that answers at once may give its answer without a promise.
 */
export interface StorageDriver {
  /** Where it is, as the user would write it, without a password. */
  readonly url: string;
  get(key: string, wait?: WaitOptions): Payload | undefined | Promise<Payload | undefined>;
  /** The key's version, without its value. */
  id(key: string, wait?: WaitOptions): VersionId | undefined | Promise<VersionId | undefined>;
  put(key: string, payload: Payload, ttl: number | undefined, wait?: WaitOptions): Promise<VersionId>;
  /** Puts if the version is `id`; gives `undefined`, and changes nothing, when it is another. */
  cas(
    key: string,
    id: VersionId | undefined,
    payload: Payload,
    ttl: number | undefined,
    wait?: WaitOptions,
  ): Promise<VersionId | undefined>;
  /** Whether there was something to delete. */
  delete(key: string, wait?: WaitOptions): Promise<boolean>;
  /** Adds to a number, `init` when there is none, and keeps its ttl. @throws ERR_CONFIG when it is none. */
  add(key: string, by: number, init: number, wait?: WaitOptions): Promise<number>;
  /**
   * Replaces the payload by what `change` makes of it and keeps the ttl; `undefined` deletes. May call
   * `change` again when another writer was first. What `change` throws leaves the key as it was.
   */
  update(
    key: string,
    change: (payload: Payload | undefined) => Payload | undefined,
    wait?: WaitOptions,
  ): Promise<void>;
  /** Pages of keys in order of their UTF-8 bytes. */
  keys(prefix: string, wait?: WaitOptions): AsyncIterable<readonly string[]>;
  /** Those of `keys` that exist, or all. */
  entries(keys: readonly string[] | undefined, wait?: WaitOptions): AsyncIterable<StoredEntry>;
  /** Feeds it every change after this call; resolves when changes by other processes are seen too. */
  watch(feed: ChangeFeed): Promise<void>;
  /** Waits for what is under way, then lets go of everything. Its feeds have been ended. Called once. */
  close(): Promise<void>;
}
