import { oldestPosition } from "../memory/ends.js";
import type { Memory } from "../memory/memory.js";
import { kindOf, stable } from "../memory/row-state.js";
import type { Picker } from "./sampler.js";

/** The rows of a ring from its oldest on. */
export class OldestFirst implements Picker {
  readonly isOrdered = true;
  readonly isReversed = false;
  readonly #memory: Memory;
  #slot = 0;
  #left = 0;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  begin(): void {
    const { order, control } = this.#memory;
    const tail = Atomics.load(control.tail, 0);
    const head = Atomics.load(control.head, 0);
    const oldest = oldestPosition(this.#memory, tail, head);
    this.#slot = order.slot(oldest);
    this.#left = order.distance(oldest, head);
  }

  next(): number {
    const { states, capacity } = this.#memory;
    while (this.#left > 0) {
      const slot = this.#slot;
      this.#left--;
      this.#slot = slot + 1 === capacity ? 0 : slot + 1;
      if (kindOf(states[slot]!) === stable) return slot;
    }
    return -1;
  }
}

/**
 * The rows of a ring from its newest back. Rows that were passed over are older than their place, and are left out:
 * but where rows are to be sampled so often and go then, none may be.
 */
export class NewestFirst implements Picker {
  readonly isOrdered = true;
  readonly #memory: Memory;
  #position = 0;
  #left = 0;

  constructor(
    memory: Memory,
    readonly isReversed: boolean,
  ) {
    this.#memory = memory;
  }

  begin(): void {
    const { order, control } = this.#memory;
    const tail = Atomics.load(control.tail, 0);
    this.#position = Atomics.load(control.head, 0);
    this.#left = order.distance(oldestPosition(this.#memory, tail, this.#position), this.#position);
  }

  next(): number {
    const { states, times, writtenAt, order } = this.#memory;
    while (this.#left > 0) {
      this.#left--;
      this.#position = order.move(this.#position, -1);
      const slot = order.slot(this.#position);
      if (kindOf(states[slot]!) === stable && (times.length > 0 || writtenAt[slot] === this.#position))
        return slot;
    }
    return -1;
  }
}
