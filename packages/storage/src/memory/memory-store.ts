import { maxDelay } from "@troupe/core";

import type { ChangeFeed } from "../change-feed.js";
import type { Payload } from "../driver.js";
import { nextVersion, versionId } from "../version.js";

/** What a key holds. */
export interface MemoryRecord {
  readonly payload: Payload;
  readonly version: number;
  readonly expiresAt: number | undefined;
  /** Removes the key when its time is over. Holds no process alive. */
  readonly timer: NodeJS.Timeout | undefined;
}

/** The keys of one in-memory store and those who watch it; several drivers of this process may share it. */
export class MemoryStore {
  readonly #records = new Map<string, MemoryRecord>();
  readonly feeds = new Set<ChangeFeed>();

  /** The record of a key, unless its time is over. */
  read(key: string): MemoryRecord | undefined {
    const record = this.#records.get(key);
    if (record?.expiresAt === undefined || record.expiresAt > Date.now()) return record;
    this.remove(key);
    return undefined;
  }

  write(key: string, payload: Payload, expiresAt: number | undefined): string {
    clearTimeout(this.#records.get(key)?.timer);
    const version = nextVersion();
    const timer = expiresAt === undefined ? undefined : this.#expireAt(key, expiresAt);
    this.#records.set(key, { payload: ownCopy(payload), version, expiresAt, timer });
    const id = versionId(version);
    for (const feed of this.feeds) feed.push(key, id);
    return id;
  }

  remove(key: string): boolean {
    const record = this.#records.get(key);
    if (record === undefined) return false;
    clearTimeout(record.timer);
    this.#records.delete(key);
    for (const feed of this.feeds) feed.push(key, undefined);
    return true;
  }

  /** Every key, those whose time is over perhaps included, in no order. */
  keys(): IterableIterator<string> {
    return this.#records.keys();
  }

  /** Forgets everything, without telling anybody. */
  clear(): void {
    for (const { timer } of this.#records.values()) clearTimeout(timer);
    this.#records.clear();
  }

  #expireAt(key: string, expiresAt: number): NodeJS.Timeout {
    // A timer takes no longer delay than maxDelay, and may fire before the clock says so: it looks again.
    const look = () => {
      const record = this.read(key);
      if (record?.expiresAt === undefined) return;
      this.#records.set(key, { ...record, timer: this.#expireAt(key, record.expiresAt) });
    };
    return setTimeout(look, Math.min(Math.max(expiresAt - Date.now(), 1), maxDelay)).unref();
  }
}

/** The codec's bytes are a slice of a larger buffer, which a stored value must not keep alive. */
function ownCopy(payload: Payload): Payload {
  return typeof payload === "number" ? payload : new Uint8Array(payload);
}
