import { rowsHeldBy } from "./memory/areas.js";
import { Count } from "./memory/heads.js";
import type { Memory } from "./memory/memory.js";

/** What was done by a head, or by all; rows, but for `waited`. */
export interface Counts {
  /** Rows that were written. */
  readonly inserted: number;
  /** Rows in batches. */
  readonly sampled: number;
  /** Rows that went: overwritten, or sampled as often as they may be. */
  readonly removed: number;
  /** Rows that were not written as a reader held their place. */
  readonly dropped: number;
  /** Rows that were passed over as a reader held them. */
  readonly skipped: number;
  /** Writes and batches that could not be made at once. */
  readonly waited: number;
}

/** Of a head that somebody has, since the buffer was made: whoever had it before counts too. */
export interface HeadStats extends Counts {
  readonly head: number;
  readonly role: "writer" | "reader";
  /** Rows that are held in safe areas. */
  readonly held: number;
}

/** What {@link ReplayBuffer.stats} gives. */
export interface ReplayStats extends Counts {
  /** Rows that are there. */
  readonly size: number;
  readonly capacity: number;
  /** Bytes of shared memory. */
  readonly byteLength: number;
  /** Safe areas that are held. */
  readonly areas: number;
  readonly heads: readonly HeadStats[];
}

const names = ["inserted", "sampled", "removed", "dropped", "skipped", "waited"] as const;

export function statisticsOf(memory: Memory): ReplayStats {
  const { definition, headWords, headCounts, capacity, byteLength, size } = memory;
  const all = Array.from({ length: definition.writers + definition.readers }, (_, head) => {
    const counts = Object.fromEntries(names.map((name) => [name, headCounts[16 * head + Count[name]]!]));
    return {
      head,
      role: head < definition.writers ? ("writer" as const) : ("reader" as const),
      ...(counts as Record<(typeof names)[number], number>),
      held: rowsHeldBy(memory, head),
    };
  });
  const sum = (name: (typeof names)[number]) => all.reduce((total, counts) => total + counts[name], 0);
  return {
    size,
    capacity,
    byteLength,
    ...(Object.fromEntries(names.map((name) => [name, sum(name)])) as Record<(typeof names)[number], number>),
    areas: bits(Atomics.load(memory.control.areasHeld, 0)),
    heads: all.filter(({ head }) => Atomics.load(headWords, 32 * head) !== 0),
  };
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
}
