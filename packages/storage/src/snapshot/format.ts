import { TroupeError } from "@troupe/core";

/**
 * A saved store, the same for every driver:
 *
 * | bytes | what |
 * |---|---|
 * | 8 | `TROUPEKV` |
 * | 4 | format version, 1 |
 * | … | entries |
 * | 1 | 0: no entry follows |
 * | 8 | number of entries |
 * | 32 | SHA-256 of all that stands before |
 *
 * An entry: kind (1 codec bytes, 2 number), length of the key (2), of the payload (4), expiry in
 * milliseconds since the epoch (8, a double, 0 for none), then key and payload. Numbers are big-endian.
 */
export const magic = Buffer.from("TROUPEKV", "latin1");
export const formatVersion = 1;
export const headBytes = magic.length + 4;
export const entryHeadBytes = 1 + 2 + 4 + 8;
export const countBytes = 8;
export const digestBytes = 32;
export const kinds = { end: 0, bytes: 1, number: 2 } as const;

/** @param problem What is wrong with the file. */
export function unreadable(path: string, problem: string, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_SCHEMA",
    `${path} is not a store saved by Troupe, or not whole: ${problem}. Nothing was loaded; use another copy.`,
    { details: { path }, ...(cause === undefined ? {} : { cause }) },
  );
}
