/** How often each word is there. */
export type Counts = Map<string, number>;

/** Letters, marks and digits, with apostrophes between them. */
const word = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*/gu;

/** Counts the words of a text, in small letters. */
export function countInto(counts: Counts, text: string): void {
  for (const [found] of text.matchAll(word)) {
    const each = found.toLowerCase();
    counts.set(each, (counts.get(each) ?? 0) + 1);
  }
}

/** The part that a word belongs to, from 0: the same in every process (FNV-1a, 32 bits). */
export function partOf(each: string, parts: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < each.length; index++)
    hash = Math.imul(hash ^ each.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % parts;
}

/** The most frequent words, and those of equal counts in the order of the alphabet. */
export function top(counts: Iterable<readonly [string, number]>, count: number): [string, number][] {
  const byCount = (a: readonly [string, number], b: readonly [string, number]) =>
    b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  return [...counts]
    .map(([each, times]) => [each, times] as [string, number])
    .sort(byCount)
    .slice(0, count);
}
