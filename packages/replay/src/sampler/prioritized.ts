import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { kindOf, stable } from "../memory/row-state.js";
import { type Random, randomFor } from "../random.js";
import { findInSum } from "../tree/find-in-sum.js";
import type { Tree } from "../tree/tree.js";
import { Uniform } from "./uniform.js";
import type { Picker } from "./sampler.js";

/** Draws for one place that may end at a row which is being changed, before any row is taken. */
const tries = 64;

/**
 * Rows in proportion to their numbers in the tree, each of n from an n-th of the sum (Schaul et al., 2016, B.2.1). If
 * all are 0, any row.
 */
export class Prioritized implements Picker {
  readonly isOrdered = false;
  readonly isReversed = false;
  readonly #memory: Memory;
  readonly #tree: Tree;
  readonly #random: Random;
  readonly #any: Uniform;
  readonly #beta: number;
  #n = 1;

  constructor(memory: Memory, head: Head, beta: number) {
    this.#memory = memory;
    this.#tree = memory.trees.get("weight")!;
    this.#random = randomFor(memory.definition.seed, head.index);
    this.#any = new Uniform(memory, head);
    this.#beta = beta;
  }

  begin(n: number): void {
    this.#n = n;
    this.#any.begin();
  }

  next(i: number): number {
    const { states } = this.#memory;
    for (let k = 0; k < tries; k++) {
      const sum = this.#tree.root;
      if (!(sum > 0)) break;
      const slot = findInSum(this.#tree, ((i + this.#random.fine()) / this.#n) * sum);
      if (slot < states.length && kindOf(states[slot]!) === stable && this.#tree.leaf(slot) > 0) return slot;
    }
    return this.#any.next();
  }

  weigh(slots: Int32Array, weights: Float32Array, n: number, beta = this.#beta): void {
    // The sum and the number of rows are the same for all, so over the greatest of the batch only the rows' own remain.
    let least = Infinity;
    for (let i = 0; i < n; i++) {
      const weight = this.#tree.leaf(slots[i]!);
      if (weight > 0 && weight < least) least = weight;
    }
    for (let i = 0; i < n; i++) {
      const weight = this.#tree.leaf(slots[i]!);
      weights[i] = weight > 0 ? Math.min(1, (weight / least) ** -beta) : 1;
    }
  }
}
