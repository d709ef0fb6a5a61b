import { TroupeError } from "@troupe/core";

import { greatestPriority, type Head } from "./memory/heads.js";
import type { Memory } from "./memory/memory.js";
import { claimed, empty, kindOf, stable, versionOf, versions } from "./memory/row-state.js";
import type { Tree } from "./tree/tree.js";

/** Gives rows their priorities, for one head: in every tree that goes by them. */
export class Priorities {
  readonly #memory: Memory;
  readonly #head: Head;
  readonly #alpha: number;
  readonly #weight: Tree | undefined;
  readonly #ranks: readonly Tree[];
  #values = new Float64Array(1);
  #slots = new Int32Array(1);

  constructor(memory: Memory, head: Head) {
    const { sampler } = memory.definition;
    this.#memory = memory;
    this.#head = head;
    this.#alpha = sampler.kind === "prioritized" ? sampler.alpha : 1;
    this.#weight = memory.trees.get("weight");
    this.#ranks = (["least", "greatest"] as const)
      .map((name) => memory.trees.get(name))
      .filter((tree) => tree !== undefined);
  }

  /** Those of rows that are being written: as given, by default the greatest there was. */
  give(slots: Int32Array, count: number, given: number | ArrayLike<number> | undefined): void {
    if (!this.#memory.hasPriorities) return;
    const values = this.#room(count);
    if (typeof given === "object") for (let i = 0; i < count; i++) values[i] = given[i]!;
    else values.fill(given ?? greatestPriority(this.#memory), 0, count);
    this.#store(slots, count);
  }

  /**
   * Those of rows by the indices of a batch. Rows that were overwritten or removed since are left out. Gives how
   * many there were.
   *
   * @throws ERR_CONFIG for a priority that is none, for another number of them, or where the buffer has none.
   */
  update(indices: ArrayLike<number>, given: ArrayLike<number>): number {
    const { capacity, states } = this.#memory;
    if (!this.#memory.hasPriorities)
      throw wrong(
        "The replay buffer has no priorities; make it with one of the samplers prioritized(), minHeap() and maxHeap(), or of the removers minHeap() and maxHeap()",
      );
    if (indices.length !== given.length)
      throw wrong(`There are ${indices.length} indices, and ${given.length} priorities`);
    checkPriorities(given);
    const values = this.#room(indices.length);
    let count = 0;
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!;
      const slot = index % capacity;
      if (!isOf(states[slot]!, Math.floor(index / capacity))) continue;
      this.#slots[count] = slot;
      values[count++] = given[i]!;
    }
    if (count === 0) return 0;
    this.#head.begin();
    this.#store(this.#slots, count);
    this.#undoForGone(count);
    this.#head.end();
    return count;
  }

  #store(slots: Int32Array, count: number): void {
    const values = this.#values;
    for (let i = 0; i < count; i++) this.#head.raise(values[i]!);
    for (const tree of this.#ranks) tree.set(slots, values, count);
    if (this.#weight === undefined) return;
    if (this.#alpha !== 1) for (let i = 0; i < count; i++) values[i] = values[i]! ** this.#alpha;
    this.#weight.set(slots, values, count);
  }

  /**
   * Rows that were removed meanwhile may have a number again, which would make samplers end at them. Whoever claims
   * such a row may clear it, and nobody else: it is claimed for that, and given back empty.
   */
  #undoForGone(count: number): void {
    const { states } = this.#memory;
    for (let i = 0; i < count; i++) {
      const slot = this.#slots[i]!;
      const state = Atomics.load(states, slot);
      if (kindOf(state) !== empty) continue;
      if (Atomics.compareExchange(states, slot, state, claimed(state, this.#head.index)) !== state) continue;
      const one = Int32Array.of(slot);
      for (const tree of this.#memory.trees.values()) tree.remove(one, 1);
      Atomics.store(states, slot, state);
    }
  }

  #room(count: number): Float64Array {
    if (this.#values.length < count) {
      this.#values = new Float64Array(count);
      this.#slots = new Int32Array(count);
    }
    return this.#values;
  }
}

function isOf(state: number, version: number): boolean {
  return kindOf(state) === stable && versionOf(state) === version % versions;
}

/** @throws ERR_CONFIG naming the first that is no number from 0 on. */
export function checkPriorities(given: ArrayLike<number>): void {
  for (let i = 0; i < given.length; i++) {
    const priority = given[i]!;
    if (priority >= 0 && priority < Infinity) continue;
    throw wrong(
      `A priority is a number from 0 on, not ${String(priority)} (number ${i + 1} of ${given.length})`,
    );
  }
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `${problem}.`);
}
