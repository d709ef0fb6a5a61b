import { TroupeError } from "@troupe/core";

import type { Memory } from "../memory/memory.js";
import type { Definition } from "../options.js";

/*
 * A saved buffer, in the byte order of the machines that Troupe runs on, little endian: the magic, the length of the
 * head in 4 bytes and the head as JSON, chunks, 4 bytes of 0, and the SHA-256 of all before it. A chunk is the number
 * of its rows in 4 bytes, for each column their numbers, their priorities as float64 where the buffer has such, and
 * how often each was sampled, in 1 byte, where that has a limit. Rows come in the order of writing.
 */
export const magic = Buffer.from("TRPLAY01");
export const digestBytes = 32;

/** What stands before the rows. */
export interface FileHead {
  readonly definition: Definition;
  /** What the rate limiter had counted. */
  readonly inserts: number;
  readonly samples: number;
}

/** Bytes of a row in a chunk. */
export function rowBytes(memory: Memory): number {
  const columns = memory.lengths.reduce(
    (sum, length, i) => sum + length * memory.arrays[i]!.BYTES_PER_ELEMENT,
    0,
  );
  return columns + (memory.hasPriorities ? 8 : 0) + (memory.times.length > 0 ? 1 : 0);
}

export function damaged(path: string, problem: string): TroupeError {
  return new TroupeError("ERR_SCHEMA", `${path} is no replay buffer that was saved whole: ${problem}.`, {
    details: { path },
  });
}

/** Turns a failure of the file system into ERR_CONFIG. */
export function unusable(path: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TroupeError(
      "ERR_CONFIG",
      `Cannot use ${path}: ${reason}. Check the path, its permissions and the free space.`,
      { cause, details: { path } },
    );
  };
}
