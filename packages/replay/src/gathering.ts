import type { Landing } from "./batch.js";
import { moveTail } from "./memory/ends.js";
import { fence } from "./memory/fence.js";
import type { Memory } from "./memory/memory.js";
import { removeRow } from "./memory/removal.js";
import { kindOf, stable, versionOf } from "./memory/row-state.js";
import { beginUse, cancelUse, endUse } from "./memory/uses.js";
import type { Picker } from "./sampler/sampler.js";

/** Rounds after which a batch whose rows are overwritten again and again, as they are copied, is given up. */
const rounds = 1000;
/** Rows in a row that others were quicker to take, after which there is none. */
const misses = 256;

/**
 * Copies rows for a head while others write: chooses them and notes their states, copies the columns, and looks
 * whether the states are still the same. Those that changed are chosen anew.
 */
export class Gathering {
  readonly #memory: Memory;
  readonly #head: number;
  readonly #picker: Picker;
  readonly #isLimited: boolean;

  constructor(memory: Memory, head: number, picker: Picker) {
    this.#memory = memory;
    this.#head = head;
    this.#picker = picker;
    this.#isLimited = memory.times.length > 0;
  }

  /** Fills all places of a landing, or none: false when there are not enough rows. */
  fill(landing: Landing): boolean {
    const { slots, states, parts } = landing;
    const n = slots.length;
    const { columns } = this.#memory;
    this.#picker.begin(n);
    if (!this.#pick(landing, 0)) return false;
    let from = 0;
    for (let round = 0; round < rounds; round++) {
      fence();
      for (let i = 0; i < columns.length; i++) columns[i]!.gather(slots, from, n, parts[i]!);
      fence();
      while (from < n && this.#isSame(slots[from]!, states[from]!)) from++;
      if (from === n) return true;
      if (this.#picker.isOrdered) {
        if (!this.#pick(landing, this.#compact(landing))) return false;
        if (this.#picker.isReversed) from = 0;
      } else if (!this.#pickAnew(landing, from)) {
        return false;
      }
    }
    this.#cancel(landing, n);
    return false;
  }

  /** The samples of a batch that is full have ended. Removes rows that have had their last, and says how many. */
  end({ slots, states }: Landing): number {
    if (!this.#isLimited) return 0;
    let removed = 0;
    for (let i = 0; i < slots.length; i++) {
      if (!endUse(this.#memory, slots[i]!, states[i]!)) continue;
      if (removeRow(this.#memory, this.#head, slots[i]!, states[i]!)) removed++;
    }
    if (removed > 0 && this.#memory.definition.remover.kind === "fifo") moveTail(this.#memory);
    return removed;
  }

  /** The place of the `k`th row that is chosen. */
  #place(k: number, n: number): number {
    return this.#picker.isReversed ? n - 1 - k : k;
  }

  /** Chooses rows from the `from`th on; false, with all given back, when there are too few. */
  #pick(landing: Landing, from: number): boolean {
    const n = landing.slots.length;
    for (let k = from; k < n; k++) {
      if (this.#choose(landing, this.#place(k, n))) continue;
      this.#cancel(landing, k);
      return false;
    }
    return true;
  }

  /** Chooses others for the rows from the `from`th on that have changed. */
  #pickAnew(landing: Landing, from: number): boolean {
    const { slots, states } = landing;
    for (let i = from; i < slots.length; i++) {
      if (this.#isSame(slots[i]!, states[i]!) || this.#choose(landing, i)) continue;
      states[i] = 0; // was never chosen
      this.#cancel(landing, slots.length);
      return false;
    }
    return true;
  }

  #choose({ slots, states }: Landing, place: number): boolean {
    for (let i = 0; i < misses || this.#picker.isOrdered; i++) {
      const slot = this.#picker.next(place);
      if (slot < 0) return false;
      const state = this.#memory.states[slot]!;
      if (kindOf(state) !== stable) continue;
      if (this.#isLimited && !beginUse(this.#memory, slot, state)) continue;
      slots[place] = slot;
      states[place] = state;
      return true;
    }
    return false;
  }

  /** Leaves out rows that have changed, keeping the others' order. Gives how many are left. */
  #compact({ slots, states }: Landing): number {
    const n = slots.length;
    let kept = 0;
    for (let k = 0; k < n; k++) {
      const from = this.#place(k, n);
      if (!this.#isSame(slots[from]!, states[from]!)) continue;
      const to = this.#place(kept++, n);
      slots[to] = slots[from]!;
      states[to] = states[from]!;
    }
    return kept;
  }

  /** Gives back the first `count` rows that were chosen. */
  #cancel({ slots, states }: Landing, count: number): void {
    if (!this.#isLimited) return;
    for (let k = 0; k < count; k++) {
      const place = this.#place(k, slots.length);
      if (states[place] !== 0) cancelUse(this.#memory, slots[place]!, states[place]!);
    }
  }

  /** Whether nobody has begun to write over the row; that it was removed leaves its numbers as they are. */
  #isSame(slot: number, state: number): boolean {
    return versionOf(this.#memory.states[slot]!) === versionOf(state);
  }
}
