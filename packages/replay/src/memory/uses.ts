import type { Memory } from "./memory.js";
import { versionOf } from "./row-state.js";

/*
 * How often a row was given out, in one word: the low half of its version, how many samples of it began, and how many
 * ended, in 8 bits. A row of another version is another row, and what is counted late for one that is gone is not
 * counted. The row goes with the end of its last sample, so nobody who copies it loses it.
 */

/** The most samples that may be counted. */
export const maxUses = 255;

/** For a row that is written in this state. */
export function unused(state: number): number {
  return versionOf(state) << 16;
}

export function begunOf(uses: number): number {
  return (uses >>> 8) & 0xff;
}

/** Whether these are uses of the row in this state, and not of one before it. */
export function areOf(uses: number, state: number): boolean {
  return uses >>> 16 === (versionOf(state) & 0xffff);
}

/** Begins a sample of a row: false when it has had all, or is another by now. */
export function beginUse({ times, definition }: Memory, slot: number, state: number): boolean {
  for (;;) {
    const uses = Atomics.load(times, slot);
    if (!areOf(uses, state) || begunOf(uses) >= definition.maxTimesSampled) return false;
    if (Atomics.compareExchange(times, slot, uses, uses + 0x100) === uses) return true;
  }
}

/** A sample that was begun is not made after all. */
export function cancelUse({ times }: Memory, slot: number, state: number): void {
  for (;;) {
    const uses = Atomics.load(times, slot);
    if (!areOf(uses, state) || Atomics.compareExchange(times, slot, uses, uses - 0x100) === uses) return;
  }
}

/** Ends a sample, and says whether it was the row's last: who is told so removes it. */
export function endUse({ times, definition }: Memory, slot: number, state: number): boolean {
  for (;;) {
    const uses = Atomics.load(times, slot);
    if (!areOf(uses, state)) return false;
    if (Atomics.compareExchange(times, slot, uses, uses + 1) !== uses) continue;
    return (uses & 0xff) + 1 >= definition.maxTimesSampled;
  }
}

/** For a row that was sampled so often before it was written. */
export function used(state: number, times: number): number {
  return unused(state) | (times << 8) | times;
}
