import { releaseAreasOf } from "./areas.js";
import type { Memory } from "./memory.js";
import { empty, headOf, kindOf, released, taken, writingEmpty, writingLive } from "./row-state.js";

/**
 * Undoes what a dead head was in the middle of, and frees it. One process at a time does so, and may die on the way:
 * the next one does it again.
 *
 * A row that it wrote is lost, what was overwritten with it. A row that it took had been sampled for the last time.
 */
export function bury(memory: Memory, head: number): void {
  const { headWords, states, trees, control } = memory;
  releaseAreasOf(memory, head);
  const diedWithin = (Atomics.load(headWords, 32 * head + 1) & 1) === 1;
  if (diedWithin) {
    // Nobody else touches a row that a head has: its state is the same until here.
    for (const slot of slotsOf(memory, head)) {
      const before = states[slot]!;
      for (const tree of trees.values()) tree.remove(Int32Array.of(slot), 1);
      if (kindOf(before) !== writingEmpty) Atomics.sub(control.live, 0, 1);
      Atomics.store(states, slot, released(before, empty));
    }
    for (const tree of trees.values()) tree.mendAll();
    Atomics.store(control.suspect, 0, 1);
    Atomics.store(headWords, 32 * head + 1, 0);
  }
  Atomics.store(headWords, 32 * head, 0);
}

function slotsOf({ states }: Memory, head: number): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < states.length; slot++) {
    const kind = kindOf(states[slot]!);
    const isHad = kind === writingEmpty || kind === writingLive || kind === taken;
    if (isHad && headOf(states[slot]!) === head) slots.push(slot);
  }
  return slots;
}
