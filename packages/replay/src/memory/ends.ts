import { fence } from "./fence.js";
import type { Memory } from "./memory.js";
import { empty, kindOf } from "./row-state.js";

/** The first position of a ring where a row may be: the tail, read before the head, a round back from it at most. */
export function oldestPosition({ order, capacity }: Memory, tail: number, head: number): number {
  return order.distance(tail, head) > capacity ? order.move(head, -capacity) : tail;
}

/**
 * Moves the tail of a ring past rows that are gone, so that nobody looks for the oldest there again.
 *
 * A writer that slept may claim one of them meanwhile. It looks at the tail after it has claimed, and here the rows
 * are looked at again after the tail has moved, which is moved back then: one of both sees the other.
 */
export function moveTail(memory: Memory): void {
  const { order, control, states } = memory;
  const tail = Atomics.load(control.tail, 0);
  const head = Atomics.load(control.head, 0);
  const from = oldestPosition(memory, tail, head);
  let to = from;
  while (to !== head && kindOf(states[order.slot(to)]!) === empty) to = order.move(to, 1);
  if (to === tail || Atomics.compareExchange(control.tail, 0, tail, to) !== tail) return;
  fence();
  for (let at = from; at !== to; at = order.move(at, 1)) {
    if (kindOf(states[order.slot(at)]!) === empty) continue;
    moveBack(memory, at);
    return;
  }
}

function moveBack({ order, control }: Memory, position: number): void {
  for (;;) {
    const tail = Atomics.load(control.tail, 0);
    if (order.reached(tail, position)) return;
    if (Atomics.compareExchange(control.tail, 0, tail, position) === tail) return;
  }
}
