import type { Memory } from "./memory.js";
import { empty, kindOf, released, stable, stateOf, taken, versionOf } from "./row-state.js";

const one = new Int32Array(1);

/** Removes a row that was stable in this state, for a head; false when it is not that row any more. */
export function removeRow(
  { states, trees, control }: Memory,
  head: number,
  slot: number,
  state: number,
): boolean {
  if (kindOf(state) !== stable) return false;
  const mine = stateOf(taken, head, versionOf(state));
  if (Atomics.compareExchange(states, slot, state, mine) !== state) return false;
  one[0] = slot;
  for (const tree of trees.values()) tree.remove(one, 1);
  Atomics.store(states, slot, released(mine, empty));
  Atomics.sub(control.live, 0, 1);
  return true;
}
