import { task } from "@troupe/dist";

import { type Piece, read } from "./pieces.js";
import { countInto, type Counts, partOf } from "./words.js";

/** Counts the words of some pieces, and divides the counts by word into so many parts: one value for each. */
export const map = task(
  async function map(pieces: readonly Piece[], parts: number): Promise<Counts[]> {
    const counts: Counts = new Map();
    for (const piece of pieces) countInto(counts, await read(piece));
    const divided = Array.from({ length: parts }, (): Counts => new Map());
    for (const [word, times] of counts) divided[partOf(word, parts)]!.set(word, times);
    return divided;
  },
  import.meta,
  { retries: 3 },
);

/** Adds up counts of the same part. */
export const reduce = task(
  function reduce(...counts: Counts[]): Counts {
    const sum: Counts = new Map();
    for (const each of counts) for (const [word, times] of each) sum.set(word, (sum.get(word) ?? 0) + times);
    return sum;
  },
  import.meta,
  { retries: 3 },
);
