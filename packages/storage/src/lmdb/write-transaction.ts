import type { Payload, VersionId } from "../driver.js";
import { encodeRecord, isExpired, recordExpiry } from "../record.js";
import { nextVersion, versionId } from "../version.js";
import { appendChanges, isWatched, type Position } from "./change-log.js";
import type { Environment } from "./environment.js";
import { expiryKey, readExpiryKey } from "./expiry-index.js";

/**
 * What may be done while the store's write lock is held. One for each commit: it takes many writes, one
 * after the other, each of which sees those before it.
 */
export class WriteTransaction {
  readonly now = Date.now();
  readonly #changes: [key: string, id: VersionId | null][] = [];
  #watched: boolean;

  constructor(private readonly environment: Environment) {
    this.#watched = isWatched(environment, this.now);
  }

  /** The key's record, valid until the next read; none when its time is over. */
  read(key: string): Buffer | undefined {
    const record = this.environment.values.getBinaryFast(key);
    return record === undefined || isExpired(record, this.now) ? undefined : record;
  }

  /** Writes a record made by {@link encodeRecord} for `version`. */
  write(key: string, record: Buffer, version: number, expiresAt: number | undefined): VersionId {
    if (expiresAt !== undefined) this.environment.expiries.putSync(expiryKey(expiresAt, key), nothing);
    this.environment.values.putSync(key, record);
    const id = versionId(version);
    if (this.#watched) this.#changes.push([key, id]);
    return id;
  }

  writePayload(key: string, payload: Payload, expiresAt: number | undefined): VersionId {
    const version = nextVersion();
    return this.write(key, encodeRecord(payload, version, expiresAt), version, expiresAt);
  }

  /** Whether the key was there, its time not over. */
  remove(key: string): boolean {
    const record = this.environment.values.getBinaryFast(key);
    if (record === undefined) return false;
    const expired = isExpired(record, this.now);
    this.environment.values.removeSync(key);
    if (this.#watched) this.#changes.push([key, null]);
    return !expired;
  }

  /** Removes keys whose time is over, `limit` of them at most, and gives when to look again. */
  sweep(limit: number): number | undefined {
    const { expiries, values } = this.environment;
    const due = [...expiries.getKeys({ start: Buffer.from([0]), limit: limit + 1 })];
    for (const entry of due.slice(0, limit)) {
      const { expiresAt, key } = readExpiryKey(entry);
      if (expiresAt > this.now) return expiresAt;
      expiries.removeSync(entry);
      const record = values.getBinaryFast(key);
      // The key may have been put again since, with another time or none.
      if (record !== undefined && (recordExpiry(record) ?? Infinity) <= this.now) this.remove(key);
    }
    const next = due[limit];
    return next === undefined ? undefined : readExpiryKey(next).expiresAt;
  }

  /** From here on changes are logged; gives where the changes after this moment will stand. */
  watchFromHere(): Position {
    this.#watched = true;
    return { transaction: this.environment.root.getWriteTxnId(), offset: this.#changes.length };
  }

  /** Ends the transaction's work, before its commit; says whether a watcher waits for what it did. */
  finish(): boolean {
    if (this.#changes.length === 0) return false;
    appendChanges(this.environment, this.#changes);
    return true;
  }
}

const nothing = Buffer.from([0]);
