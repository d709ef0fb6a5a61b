import { TroupeError } from "@troupe/core";

import { Area } from "./area.js";
import { named, newBatch } from "./batch.js";
import { holdArea, releaseArea } from "./memory/areas.js";
import { oldestPosition } from "./memory/ends.js";
import { fence } from "./memory/fence.js";
import type { Memory } from "./memory/memory.js";
import { maxAreas } from "./memory/plan.js";
import { empty, kindOf, stable, versionOf } from "./memory/row-state.js";
import type { Schema } from "./schema/field.js";

/** Milliseconds that a row may be written before it is left out: its writer stands still. */
const patience = 100;
/** Tries to get rows that writers are about to overwrite. */
const tries = 100;

/** A reader's way through a ring in the order of writing, each row once. */
export class Walk<S extends Schema> {
  readonly #memory: Memory;
  readonly #head: number;
  /** The first position that this reader has not had; `undefined` before the first. */
  #next: number | undefined;
  /** A row that was being written when it was met, and when that was first. */
  #stuckAt = -1;
  #stuckSince = 0;

  constructor(memory: Memory, head: number) {
    this.#memory = memory;
    this.#head = head;
  }

  /** The next `n` rows; `undefined` when there are not so many. */
  take(n: number): Area<S> | undefined {
    for (let i = 0; i < tries; i++) {
      const found = this.#find(n);
      if (found === undefined) return undefined;
      const area = found.isRun
        ? this.#hold(found.slots, found.states)
        : this.#copy(found.slots, found.states);
      if (area === undefined) continue; // overwritten meanwhile: from what is the oldest now
      this.#next = found.end;
      return area;
    }
    return undefined;
  }

  /** Looks where the next rows are. */
  #find(n: number): { slots: Int32Array; states: Int32Array; end: number; isRun: boolean } | undefined {
    const { order, control, states, writtenAt } = this.#memory;
    const tail = Atomics.load(control.tail, 0);
    const head = Atomics.load(control.head, 0);
    const oldest = oldestPosition(this.#memory, tail, head);
    let at = this.#next === undefined || !order.reached(oldest, this.#next) ? oldest : this.#next;
    const slots = new Int32Array(n);
    const found = new Int32Array(n);
    let count = 0;
    while (count < n && at !== head) {
      const slot = order.slot(at);
      const state = Atomics.load(states, slot);
      const kind = kindOf(state);
      if (kind === stable && writtenAt[slot] === at) {
        slots[count] = slot;
        found[count++] = state;
      } else if (kind !== stable && kind !== empty && this.#waitsFor(at)) {
        return undefined;
      }
      at = order.move(at, 1);
    }
    if (count < n) return undefined;
    return { slots, states: found, end: at, isRun: slots[n - 1] === slots[0]! + n - 1 };
  }

  /** Whether it is worth it to wait for the writer of a row, who may be about to finish it. */
  #waitsFor(position: number): boolean {
    const now = performance.now();
    if (this.#stuckAt !== position) {
      this.#stuckAt = position;
      this.#stuckSince = now;
    }
    return now - this.#stuckSince < patience;
  }

  #hold(slots: Int32Array, states: Int32Array): Area<S> | undefined {
    const { names, arrays, lengths } = this.#memory;
    const first = slots[0]!;
    const area = holdArea(this.#memory, this.#head, first, slots.length);
    if (area < 0) {
      throw new TroupeError(
        "ERR_NO_RESOURCES",
        `${maxAreas} safe areas of the replay buffer are held, which is as many as there may be; release() one.`,
      );
    }
    fence();
    if (!this.#areSame(slots, states)) {
      releaseArea(this.#memory, area);
      return undefined;
    }
    const columns = arrays.map((numbers, i) =>
      numbers.subarray(first * lengths[i]!, (first + slots.length) * lengths[i]!),
    );
    return new Area(named<S>(names, columns), this.#indices(slots, states), slots.length, false, () =>
      releaseArea(this.#memory, area),
    );
  }

  #copy(slots: Int32Array, states: Int32Array): Area<S> | undefined {
    const batch = newBatch<S>(this.#memory, slots.length);
    const { names, columns } = this.#memory;
    fence();
    for (const [i, column] of columns.entries()) {
      const { buffer } = batch.columns[names[i]!] as unknown as Uint8Array<ArrayBuffer>;
      column.gather(slots, 0, slots.length, column.landing(buffer, slots.length));
    }
    fence();
    if (!this.#areSame(slots, states)) return undefined;
    return new Area(batch.columns, this.#indices(slots, states), slots.length, true, undefined);
  }

  #areSame(slots: Int32Array, states: Int32Array): boolean {
    const now = this.#memory.states;
    return slots.every((slot, i) => versionOf(now[slot]!) === versionOf(states[i]!));
  }

  #indices(slots: Int32Array, states: Int32Array): Float64Array {
    const { capacity } = this.#memory;
    return Float64Array.from(slots, (slot, i) => versionOf(states[i]!) * capacity + slot);
  }
}
