import { TroupeError } from "@troupe/core";

import type { ChangeFeed } from "../change-feed.js";
import type { Payload, StorageDriver, StoredEntry, VersionId } from "../driver.js";
import { compareKeys } from "../key.js";
import { addTo } from "../payload.js";
import { versionId } from "../version.js";
import { type MemoryRecord, MemoryStore } from "./memory-store.js";

/** Keys handed out at a time, so that a long listing lets others run. */
const pageSize = 1000;
/** Times that an update is made again because it wrote to its own key. */
const maxAttempts = 100;

interface Shared {
  readonly store: MemoryStore;
  drivers: number;
}

/** Named stores of this process, for as long as a driver has them open. */
const named = new Map<string, Shared>();

/**
 * Opens a store in this process's memory: its own without a name, with a name the one that every driver
 * of that name in this process shares until the last of them is closed.
 */
export function openMemory(name: string): StorageDriver {
  if (name === "") return new MemoryDriver("memory:", new MemoryStore(), () => {});
  const shared = named.get(name) ?? { store: new MemoryStore(), drivers: 0 };
  named.set(name, shared);
  shared.drivers++;
  return new MemoryDriver(`memory:${name}`, shared.store, () => {
    if (--shared.drivers === 0) named.delete(name);
    return shared.drivers > 0;
  });
}

class MemoryDriver implements StorageDriver {
  /** @param release Called once on close; says whether others still use the store. */
  constructor(
    readonly url: string,
    private readonly store: MemoryStore,
    private readonly release: () => boolean | void,
  ) {}

  get(key: string): Payload | undefined {
    const payload = this.store.read(key)?.payload;
    // What is decoded from them may be a view: the caller gets bytes of its own.
    return typeof payload === "object" ? payload.slice() : payload;
  }

  id(key: string): VersionId | undefined {
    return idOf(this.store.read(key));
  }

  put(key: string, payload: Payload, ttl: number | undefined): Promise<VersionId> {
    return Promise.resolve(this.store.write(key, payload, ttl === undefined ? undefined : Date.now() + ttl));
  }

  async cas(key: string, id: VersionId | undefined, payload: Payload, ttl: number | undefined) {
    return this.id(key) === id ? await this.put(key, payload, ttl) : undefined;
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.store.read(key) !== undefined && this.store.remove(key));
  }

  add(key: string, by: number, init: number): Promise<number> {
    const record = this.store.read(key);
    const sum = addTo(key, record?.payload, by, init);
    this.store.write(key, sum, record?.expiresAt);
    return Promise.resolve(sum);
  }

  update(key: string, change: (payload: Payload | undefined) => Payload | undefined): Promise<void> {
    // A change that itself writes to the key is made again, of what it finds now.
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const record = this.store.read(key);
      const payload = change(this.get(key));
      if (this.store.read(key) === record) return Promise.resolve(this.#replace(key, payload, record));
    }
    return Promise.reject(
      new TroupeError(
        "ERR_CONFIG",
        `The function that updates "${key}" writes to that key itself; let it return the value.`,
      ),
    );
  }

  #replace(key: string, payload: Payload | undefined, record: MemoryRecord | undefined): void {
    if (payload !== undefined) this.store.write(key, payload, record?.expiresAt);
    else if (record !== undefined) this.store.remove(key);
  }

  async *keys(prefix: string): AsyncGenerator<readonly string[]> {
    const keys = [...this.store.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    for (let start = 0; start < keys.length; start += pageSize) {
      yield keys.slice(start, start + pageSize).filter((key) => this.store.read(key) !== undefined);
    }
  }

  async *entries(keys: readonly string[] | undefined): AsyncGenerator<StoredEntry> {
    // Records are never changed in place: those of this moment are one consistent state.
    const found: StoredEntry[] = [];
    for (const key of keys ?? [...this.store.keys()].sort(compareKeys)) {
      const record = this.store.read(key);
      if (record !== undefined) found.push({ key, payload: record.payload, expiresAt: record.expiresAt });
    }
    yield* found;
  }

  watch(feed: ChangeFeed): Promise<void> {
    this.store.feeds.add(feed);
    feed.onEnd(() => this.store.feeds.delete(feed));
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (this.release() !== true) this.store.clear();
    return Promise.resolve();
  }
}

function idOf(record: MemoryRecord | undefined): VersionId | undefined {
  return record === undefined ? undefined : versionId(record.version);
}
