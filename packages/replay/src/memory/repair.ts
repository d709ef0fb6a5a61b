import { countsFor } from "../rate-limiter.js";
import { fence } from "./fence.js";
import type { Head } from "./heads.js";
import type { Memory } from "./memory.js";
import { removeRow } from "./removal.js";
import { empty, kindOf } from "./row-state.js";
import { areOf, begunOf } from "./uses.js";

/** How often it is tried to see all heads at rest; it is tried again at the next census. */
const tries = 50;

/** What there was at a moment at which no head was in the middle of anything. */
interface Still {
  readonly live: number;
  readonly counted: Record<LimitWord, bigint>;
  /** Rows that are there, and the samples that they have left together. */
  readonly rows: number;
  readonly remaining: number;
  /** Rows whose last sample was begun by a reader that died before it could remove them, with their states. */
  readonly spent: readonly (readonly [slot: number, state: number])[];
  /** Rows with samples that began and will never end, with their uses. */
  readonly unended: readonly (readonly [slot: number, uses: number])[];
}

const limitWords = ["insertsBegun", "inserts", "samplesBegun", "samples"] as const;
type LimitWord = (typeof limitWords)[number];

/**
 * Counts anew after a head died between a change of a row and its count, or between the beginning and the end of
 * what a rate limiter counts. That needs a moment in which no head is in the middle of anything: what was begun is
 * done then, and what is there can be counted. Whoever waits for a limiter makes such moments. What was found wrong is
 * added, so that what others count meanwhile stays.
 *
 * @param head Of this thread, at rest, which removes rows.
 */
export function repair(memory: Memory, head: Head): void {
  const { control, times } = memory;
  if (Atomics.load(control.suspect, 0) === 0) return;
  for (let i = 0; i < tries; i++) {
    const still = look(memory);
    if (still === undefined) continue;
    Atomics.store(control.suspect, 0, 0);
    Atomics.add(control.live, 0, still.rows - still.live);
    settleLimits(memory, still);
    for (const [slot, uses] of still.unended)
      Atomics.compareExchange(times, slot, uses, (uses & ~0xff) | begunOf(uses));
    head.begin();
    for (const [slot, state] of still.spent) removeRow(memory, head.index, slot, state);
    head.end();
    return;
  }
}

/** Nothing when a head did something meanwhile. */
function look(memory: Memory): Still | undefined {
  const { control, states, times, definition } = memory;
  const before = headWords(memory);
  if (before.some(([, steps]) => (steps & 1) === 1)) return undefined;
  const live = Atomics.load(control.live, 0);
  const counted = Object.fromEntries(
    limitWords.map((word) => [word, Atomics.load(control[word], 0)]),
  ) as Still["counted"];
  const spent: [number, number][] = [];
  const unended: [number, number][] = [];
  let rows = 0;
  let remaining = 0;
  for (let slot = 0; slot < states.length; slot++) {
    const state = states[slot]!;
    if (kindOf(state) === empty) continue;
    rows++;
    if (times.length === 0) continue;
    const uses = times[slot]!;
    const begun = areOf(uses, state) ? begunOf(uses) : 0;
    remaining += definition.maxTimesSampled - begun;
    if (begun >= definition.maxTimesSampled) spent.push([slot, state]);
    else if ((uses & 0xff) !== begun) unended.push([slot, uses]);
  }
  fence();
  const after = headWords(memory);
  if (after.some(([owner, steps], i) => owner !== before[i]![0] || steps !== before[i]![1])) return undefined;
  return { live, counted, rows, remaining, spent, unended };
}

/** Owners, and counts of what they began and ended. */
function headWords({ headWords, definition }: Memory): [owner: number, steps: number][] {
  return Array.from({ length: definition.writers + definition.readers }, (_, head) => [
    Atomics.load(headWords, 32 * head),
    Atomics.load(headWords, 32 * head + 1),
  ]);
}

/**
 * Nothing is under way, so what was begun is done. Where a row is sampled as often as the limiter asks for, as in a
 * queue, what is left of the rows that are there is the difference exactly, and a row that got lost gives its room back.
 */
function settleLimits({ control, limits, definition }: Memory, { counted, remaining }: Still): void {
  const { maxTimesSampled } = definition;
  if (!countsFor(limits)) return;
  let { inserts, samples } = counted;
  if (limits.ratio === maxTimesSampled) {
    const ratio = BigInt(limits.ratio);
    inserts = (samples + BigInt(remaining) + ratio - 1n) / ratio;
    samples = inserts * ratio - BigInt(remaining);
  }
  const right = { insertsBegun: inserts, inserts, samplesBegun: samples, samples };
  for (const word of limitWords) Atomics.add(control[word], 0, right[word] - counted[word]);
}
