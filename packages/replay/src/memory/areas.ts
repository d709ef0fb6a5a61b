import type { Memory } from "./memory.js";
import { maxAreas } from "./plan.js";

/*
 * Safe areas: runs of positions that no writer touches. Of each there are the head that has it + 1 (0: free), the row
 * where it begins and how many rows it has. A bit of one word says that it is held.
 *
 * A reader sets the bit, and after a fence looks at its rows; a writer claims a row, and after a fence looks at the
 * bits. One of both sees the other: the writer, who gives the row back.
 */
const wordsOfArea = 4;

/** Makes the rows from `slot` on, up to the end of the ring at most, an area of the head. Its number; -1 when there are too many. */
export function holdArea({ areaWords, control }: Memory, head: number, slot: number, rows: number): number {
  for (let area = 0; area < maxAreas; area++) {
    const at = wordsOfArea * area;
    if (Atomics.compareExchange(areaWords, at, 0, head + 1) !== 0) continue;
    areaWords[at + 1] = slot;
    areaWords[at + 2] = rows;
    Atomics.or(control.areasHeld, 0, 1 << area);
    return area;
  }
  return -1;
}

export function releaseArea({ areaWords, control }: Memory, area: number): void {
  Atomics.and(control.areasHeld, 0, ~(1 << area));
  Atomics.store(areaWords, wordsOfArea * area, 0);
}

/** The area that a row is in; -1 when it is in none. */
export function areaAt({ areaWords, control }: Memory, slot: number): number {
  const held = Atomics.load(control.areasHeld, 0);
  if (held === 0) return -1;
  for (let area = 0; area < maxAreas; area++) {
    if ((held & (1 << area)) === 0) continue;
    const into = slot - areaWords[wordsOfArea * area + 1]!;
    if (into >= 0 && into < areaWords[wordsOfArea * area + 2]!) return area;
  }
  return -1;
}

/** The owner, by its thread's mark, of the head that has the area; 0 when nobody has. */
export function ownerOf({ areaWords, headWords }: Memory, area: number): number {
  const head = Atomics.load(areaWords, wordsOfArea * area) - 1;
  return head < 0 ? 0 : Atomics.load(headWords, 32 * head);
}

/** Rows that a head has in areas. */
export function rowsHeldBy(memory: Memory, head: number): number {
  let rows = 0;
  for (const area of areasOf(memory, head)) rows += memory.areaWords[wordsOfArea * area + 2]!;
  return rows;
}

/** For a head that is gone. */
export function releaseAreasOf(memory: Memory, head: number): void {
  for (const area of areasOf(memory, head)) releaseArea(memory, area);
}

function areasOf({ areaWords }: Memory, head: number): number[] {
  const areas: number[] = [];
  for (let area = 0; area < maxAreas; area++)
    if (Atomics.load(areaWords, wordsOfArea * area) === head + 1) areas.push(area);
  return areas;
}
