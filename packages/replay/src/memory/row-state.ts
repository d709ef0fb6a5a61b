/*
 * The state of a row, in one word: what it is in 3 bits, the head that has it in 7, and how often it was claimed to
 * be written in 22. A row of another state than it had before is another row.
 */

/** Nothing is in it. */
export const empty = 0;
/** Whole: may be read, and be overwritten. */
export const stable = 1;
/** A head writes it, and it counts in the size when it is whole. */
export const writingEmpty = 2;
/** A head writes over a row that counted. */
export const writingLive = 3;
/** A reader takes it for the last time, and removes it then. */
export const taken = 4;

/** Heads that there may be. */
export const maxHeads = 128;
/** Versions before they begin again. */
export const versions = 2 ** 22;

export function stateOf(kind: number, head: number, version: number): number {
  return (version << 10) | (head << 3) | kind;
}

export function kindOf(state: number): number {
  return state & 7;
}

export function headOf(state: number): number {
  return (state >>> 3) & (maxHeads - 1);
}

export function versionOf(state: number): number {
  return state >>> 10;
}

/** The state of a row that was stable or empty once `head` has claimed it to write. */
export function claimed(state: number, head: number): number {
  const kind = (state & 7) === stable ? writingLive : writingEmpty;
  return ((versionOf(state) + 1) << 10) | (head << 3) | kind;
}

/** The state of the same version once nobody has it. */
export function released(state: number, kind: number): number {
  return (state & ~0x3ff) | kind;
}
