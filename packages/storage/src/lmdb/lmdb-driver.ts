import { TroupeError, type WaitOptions } from "@troupe/core";

import type { ChangeFeed } from "../change-feed.js";
import type { Payload, StorageDriver, StoredEntry, VersionId } from "../driver.js";
import { addTo } from "../payload.js";
import { encodeRecord, isExpired, recordExpiry, recordPayload, recordVersion } from "../record.js";
import { nextVersion } from "../version.js";
import { ChangeReader } from "./change-reader.js";
import { type Environment, type KeyOrBytes, openEnvironment } from "./environment.js";
import { readExpiryKey } from "./expiry-index.js";
import { ExpirySweep } from "./expiry-sweep.js";
import { WriteQueue } from "./write-queue.js";

/** Keys read at a time, so that a long listing lets others run. */
const pageSize = 1000;

/** @param url `lmdb:` and a directory. @throws ERR_CONFIG */
export function openLmdb(url: string): StorageDriver {
  const directory = url.slice("lmdb:".length).replace(/^\/\/(?=\/)/, "");
  if (directory === "") throw new TroupeError("ERR_CONFIG", "lmdb: needs a directory: lmdb:./state.");
  return new LmdbDriver(openEnvironment(directory));
}

/** Reads go straight to the memory map; writes through one queue, each turn's in one commit. */
class LmdbDriver implements StorageDriver {
  readonly url: string;
  readonly #environment: Environment;
  readonly #writes: WriteQueue;
  readonly #sweep: ExpirySweep;
  readonly #changes: ChangeReader;
  #fresh = false;

  constructor(environment: Environment) {
    this.url = `lmdb:${environment.path}`;
    this.#environment = environment;
    this.#changes = new ChangeReader(environment, () => this.#writes);
    this.#writes = new WriteQueue(environment, () => this.#changes.signal());
    this.#sweep = new ExpirySweep(environment, this.#writes, () => this.#changes.active);
  }

  get(key: string): Payload | undefined {
    const record = this.#read(key);
    return record === undefined ? undefined : recordPayload(record);
  }

  id(key: string): VersionId | undefined {
    const record = this.#read(key);
    return record === undefined ? undefined : recordVersion(record);
  }

  put(key: string, payload: Payload, ttl: number | undefined, wait?: WaitOptions): Promise<VersionId> {
    const expiresAt = this.#expiry(ttl);
    const version = nextVersion();
    const record = encodeRecord(payload, version, expiresAt);
    return this.#writes.run((transaction) => transaction.write(key, record, version, expiresAt), wait);
  }

  cas(
    key: string,
    id: VersionId | undefined,
    payload: Payload,
    ttl: number | undefined,
    wait?: WaitOptions,
  ): Promise<VersionId | undefined> {
    const expiresAt = this.#expiry(ttl);
    return this.#writes.run((transaction) => {
      const record = transaction.read(key);
      const current = record === undefined ? undefined : recordVersion(record);
      return current === id ? transaction.writePayload(key, payload, expiresAt) : undefined;
    }, wait);
  }

  delete(key: string, wait?: WaitOptions): Promise<boolean> {
    return this.#writes.run((transaction) => transaction.remove(key), wait);
  }

  add(key: string, by: number, init: number, wait?: WaitOptions): Promise<number> {
    return this.#writes.run((transaction) => {
      const record = transaction.read(key);
      const expiresAt = record === undefined ? undefined : recordExpiry(record);
      const sum = addTo(key, record === undefined ? undefined : recordPayload(record), by, init);
      transaction.writePayload(key, sum, expiresAt);
      return sum;
    }, wait);
  }

  update(
    key: string,
    change: (payload: Payload | undefined) => Payload | undefined,
    wait?: WaitOptions,
  ): Promise<void> {
    return this.#writes.run((transaction) => {
      const record = transaction.read(key);
      const expiresAt = record === undefined ? undefined : recordExpiry(record);
      const payload = change(record === undefined ? undefined : recordPayload(record));
      if (payload !== undefined) transaction.writePayload(key, payload, expiresAt);
      else transaction.remove(key);
    }, wait);
  }

  async *keys(prefix: string): AsyncGenerator<readonly string[]> {
    const end = Buffer.concat([Buffer.from(prefix), Buffer.from([0xff])]);
    let start: KeyOrBytes = prefix === "" ? Buffer.from([0]) : prefix;
    for (;;) {
      this.#freshen();
      const page = [...this.#environment.values.getKeys({ start, end, limit: pageSize })] as string[];
      const expired = this.#expiredKeys();
      yield expired.size === 0 ? page : page.filter((key) => !expired.has(key));
      if (page.length < pageSize) return;
      // The next key in order: the last and a zero byte.
      start = Buffer.concat([Buffer.from(page[pageSize - 1] as string), Buffer.alloc(1)]);
    }
  }

  async *entries(keys: readonly string[] | undefined): AsyncGenerator<StoredEntry> {
    const { values } = this.#environment;
    this.#freshen();
    const transaction = values.useReadTransaction();
    try {
      const now = Date.now();
      if (keys !== undefined) {
        for (const key of keys) {
          const record = values.get(key, { transaction });
          if (record !== undefined && !isExpired(record, now)) yield entryOf(key, record);
        }
        return;
      }
      for (const { key, value } of values.getRange({ start: Buffer.from([0]), transaction })) {
        if (!isExpired(value, now)) yield entryOf(key as string, value);
      }
    } finally {
      transaction.done();
    }
  }

  watch(feed: ChangeFeed): Promise<void> {
    const watching = this.#changes.add(feed);
    this.#sweep.expect(0);
    return watching;
  }

  async close(): Promise<void> {
    this.#sweep.stop();
    await this.#writes.idle();
    await this.#environment.root.close();
  }

  /** The key's record, in memory that the next read overwrites. */
  #read(key: string): Buffer | undefined {
    this.#freshen();
    const record = this.#environment.values.getBinaryFast(key);
    return record === undefined || isExpired(record) ? undefined : record;
  }

  /**
   * lmdb-js reads from one snapshot for a millisecond and more. It is let go before the first read of each
   * turn of the event loop, so that whoever hears of another process's write also sees it.
   */
  #freshen(): void {
    if (this.#fresh) return;
    this.#fresh = true;
    this.#environment.root.resetReadTxn();
    process.nextTick(() => (this.#fresh = false));
  }

  #expiry(ttl: number | undefined): number | undefined {
    if (ttl === undefined) return undefined;
    const expiresAt = Date.now() + ttl;
    this.#sweep.expect(expiresAt);
    return expiresAt;
  }

  /** Keys whose time is over and which the sweep has not come to. */
  #expiredKeys(): Set<string> {
    const { expiries, values } = this.#environment;
    const now = Date.now();
    const expired = new Set<string>();
    for (const entry of expiries.getKeys({})) {
      const { expiresAt, key } = readExpiryKey(entry);
      if (expiresAt > now) break;
      const record = values.getBinaryFast(key);
      if (record !== undefined && isExpired(record, now)) expired.add(key);
    }
    return expired;
  }
}

function entryOf(key: string, record: Buffer): StoredEntry {
  return { key, payload: recordPayload(record), expiresAt: recordExpiry(record) };
}
