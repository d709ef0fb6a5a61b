import type { Payload, VersionId } from "./driver.js";
import { readVersion, versionBytes, writeVersion } from "./version.js";

/**
 * How LMDB and Redis hold a key's value:
 *
 * | bytes | what |
 * |---|---|
 * | 1 | format (high half) and flags (low half) |
 * | 15 | version |
 * | 8 | expiry in milliseconds since the epoch, a big-endian double; only with its flag |
 * | rest | a big-endian double with the number flag, else the codec's bytes |
 *
 * Redis keeps the expiry itself and its scripts know this table (redis/scripts.ts).
 */
const format = 1 << 4;
const isNumber = 1;
const hasExpiry = 2;

/** Bytes before the expiry or the payload. */
export const headerBytes = 1 + versionBytes;

/** The record of a payload under one of this process's versions. */
export function encodeRecord(payload: Payload, version: number, expiresAt: number | undefined): Buffer {
  const start = expiresAt === undefined ? headerBytes : headerBytes + 8;
  const record = Buffer.allocUnsafe(start + (typeof payload === "number" ? 8 : payload.length));
  let flags = 0;
  writeVersion(version, record, 1);
  if (expiresAt !== undefined) {
    flags |= hasExpiry;
    record.writeDoubleBE(expiresAt, headerBytes);
  }
  if (typeof payload === "number") {
    flags |= isNumber;
    record.writeDoubleBE(payload, start);
  } else {
    record.set(payload, start);
  }
  record[0] = format | flags;
  return record;
}

/** Milliseconds since the epoch at which the record is gone. */
export function recordExpiry(record: Buffer): number | undefined {
  return (flagsOf(record) & hasExpiry) === 0 ? undefined : record.readDoubleBE(headerBytes);
}

/** Whether the record is gone by `now`, which is looked up when it matters. */
export function isExpired(record: Buffer, now?: number): boolean {
  return (flagsOf(record) & hasExpiry) !== 0 && record.readDoubleBE(headerBytes) <= (now ?? Date.now());
}

export function recordVersion(record: Buffer): VersionId {
  return readVersion(record, 1);
}

/**
 * The record's payload, copied: what lmdb-js lends is overwritten by the next read, what ioredis gives is
 * a slice of all that arrived with it.
 *
 * `record.length` says where it ends, also for lmdb-js's buffer, whose memory is longer.
 */
export function recordPayload(record: Buffer): Payload {
  const flags = flagsOf(record);
  const start = (flags & hasExpiry) === 0 ? headerBytes : headerBytes + 8;
  return (flags & isNumber) !== 0 ? record.readDoubleBE(start) : copyBytes.call(record, start, record.length);
}

const copyBytes = Uint8Array.prototype.slice;

function flagsOf(record: Buffer): number {
  return record[0] as number;
}
