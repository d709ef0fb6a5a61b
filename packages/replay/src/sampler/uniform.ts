import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { kindOf, stable } from "../memory/row-state.js";
import { type Random, randomFor } from "../random.js";
import type { Picker } from "./sampler.js";

/** Rows tried by chance before those that are there are looked for. */
const tries = 64;

/** Any row with the same probability: one by chance, again while nothing is there. */
export class Uniform implements Picker {
  readonly isOrdered = false;
  readonly isReversed = false;
  readonly #memory: Memory;
  readonly #random: Random;
  #reach = 0;
  /** The rows that are there, once they were looked for in this batch. */
  #found: number[] | undefined;

  constructor(memory: Memory, head: Head) {
    this.#memory = memory;
    this.#random = randomFor(memory.definition.seed, head.index);
  }

  begin(): void {
    this.#reach = Atomics.load(this.#memory.control.reach, 0);
    this.#found = undefined;
  }

  next(): number {
    const { states } = this.#memory;
    const random = this.#random;
    if (this.#found === undefined) {
      for (let i = 0; i < tries; i++) {
        const slot = random.below(this.#reach);
        if ((states[slot]! & 7) === stable) return slot;
      }
      this.#found = this.#stableRows();
    }
    while (this.#found.length > 0) {
      const at = random.below(this.#found.length);
      const slot = this.#found[at]!;
      if (kindOf(states[slot]!) === stable) return slot;
      this.#found[at] = this.#found[this.#found.length - 1]!;
      this.#found.pop();
    }
    return -1;
  }

  #stableRows(): number[] {
    const { states } = this.#memory;
    const slots: number[] = [];
    for (let slot = 0; slot < this.#reach; slot++) if (kindOf(states[slot]!) === stable) slots.push(slot);
    return slots;
  }
}
