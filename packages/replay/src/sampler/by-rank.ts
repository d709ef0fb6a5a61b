import type { Memory } from "../memory/memory.js";
import { kindOf, stable } from "../memory/row-state.js";
import type { Descent } from "../tree/descent.js";
import type { Picker } from "./sampler.js";

/** The first rows of a tree of least or greatest numbers. */
export class ByRank implements Picker {
  readonly isOrdered = true;
  readonly #memory: Memory;
  readonly #descent: Descent;

  constructor(
    memory: Memory,
    descent: Descent,
    readonly isReversed = false,
  ) {
    this.#memory = memory;
    this.#descent = descent;
  }

  begin(): void {
    this.#descent.begin();
  }

  next(): number {
    const { states } = this.#memory;
    for (;;) {
      const slot = this.#descent.next();
      if (slot < 0 || (slot < states.length && kindOf(states[slot]!) === stable)) return slot;
    }
  }
}
