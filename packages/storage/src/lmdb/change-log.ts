import { decode, encode } from "@troupe/core";

import type { VersionId } from "../driver.js";
import type { Environment } from "./environment.js";

/**
 * Changes go from process to process through a log in the store, which is written only while somebody
 * watches: a watcher keeps a moment in the near future in `facts`, and a writer, who holds the lock, logs
 * until then. So nobody's crash leaves anything to clean up, and without watchers a commit pays one read.
 */
const watchedUntilKey = "watched-until";
const trimmedKey = "trimmed-to";

/** How long a watcher's word is good without being renewed, in milliseconds. */
export const watchLease = 30_000;

/** Changes of one entry of the log. */
const entryChanges = 256;

/** Entries that the log keeps for watchers who lag. */
const logLimit = 16_384;

/** Entries between two looks at the log's length. */
const trimEvery = 1024;
let sinceTrim = trimEvery;

/** A place in the log: within a transaction's changes, before the one with this index. */
export interface Position {
  readonly transaction: number;
  readonly offset: number;
}

/** What was read of the log. */
export interface LogPage {
  readonly changes: readonly {
    readonly position: Position;
    readonly key: string;
    readonly id: VersionId | undefined;
  }[];
  /** Where to read on. */
  readonly next: Buffer;
  /** Whether entries between the place asked for and this page are gone. */
  readonly missed: boolean;
}

/** Whether a watcher wants the changes of this moment. Within a write transaction. */
export function isWatched({ facts }: Environment, now: number): boolean {
  const until = facts.getBinaryFast(watchedUntilKey);
  return until !== undefined && until.readDoubleBE() > now;
}

/** Keeps the log written for another {@link watchLease}; says whether it was until now. Within a write transaction. */
export function renewWatch(environment: Environment, now: number): boolean {
  const watched = isWatched(environment, now);
  const until = Buffer.alloc(8);
  until.writeDoubleBE(now + watchLease);
  environment.facts.putSync(watchedUntilKey, until);
  return watched;
}

/** Logs a transaction's changes. Within it. */
export function appendChanges(
  environment: Environment,
  changes: readonly (readonly [key: string, id: VersionId | null])[],
): void {
  const transaction = environment.root.getWriteTxnId();
  for (let offset = 0; offset < changes.length; offset += entryChanges) {
    const entry = encode(changes.slice(offset, offset + entryChanges));
    environment.changes.putSync(logKey({ transaction, offset }), entry);
    if (++sinceTrim >= trimEvery) trim(environment);
  }
}

/** The place in the log before a position. */
export function logKey({ transaction, offset }: Position): Buffer {
  const key = Buffer.alloc(12);
  key.writeDoubleBE(transaction);
  key.writeUInt32BE(offset, 8);
  return key;
}

/** Reads what stands in the log from `from` on, a page at most. */
export function readChanges(environment: Environment, from: Buffer): LogPage {
  environment.root.resetReadTxn();
  const trimmed = environment.facts.get(trimmedKey);
  const changes: { position: Position; key: string; id: VersionId | undefined }[] = [];
  let next = from;
  for (const { key, value } of environment.changes.getRange({ start: from, limit: 256 })) {
    const bytes = Buffer.from(key);
    const transaction = bytes.readDoubleBE();
    const first = bytes.readUInt32BE(8);
    (decode(value) as [string, VersionId | null][]).forEach(([name, id], index) => {
      changes.push({ position: { transaction, offset: first + index }, key: name, id: id ?? undefined });
    });
    next = Buffer.concat([bytes, Buffer.alloc(1)]);
  }
  return { changes, next, missed: trimmed !== undefined && trimmed.compare(from) >= 0 };
}

/** Drops the oldest entries above `limit`. Within a write transaction. */
export function trim({ changes, facts }: Environment, limit = logLimit): void {
  sinceTrim = 0;
  const surplus = changes.getKeysCount() - limit;
  if (surplus <= 0) return;
  let last: Buffer | undefined;
  for (const key of [...changes.getKeys({ start: Buffer.from([0]), limit: surplus })]) {
    changes.removeSync(key);
    last = Buffer.from(key);
  }
  if (last !== undefined) facts.putSync(trimmedKey, last);
}
