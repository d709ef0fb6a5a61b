import type { PlainTensor, Tensors } from "@troupe/core";

import { type Optimizer, type OptimizerOptions, optimizerOf } from "./optimizer.js";

type Values = Record<string, PlainTensor>;

/** The tensors of a tag as they learn: changed in place by each step. */
export class Learner {
  #values: Values = {};
  /** Of which version the values are. */
  #version = 0;
  readonly #optimizers = new Map<string, { readonly length: number; readonly optimizer: Optimizer }>();

  constructor(private readonly options: OptimizerOptions) {}

  /** Whether the values are those of that version. */
  isAt(version: number): boolean {
    return this.#version === version;
  }

  /** As they are now. */
  get values(): Tensors {
    return this.#values;
  }

  /** Goes on from other values, which are copied. What the optimizer remembers stays with tensors of the same length. */
  load(tensors: Tensors): void {
    this.#values = Object.fromEntries(
      Object.entries(tensors).map(([name, { data, shape }]) => [name, { data: data.slice(), shape }]),
    );
  }

  /**
   * Takes one step by the mean of gradients.
   *
   * @param version That the values are of from now on.
   * @returns The values, to be copied before the next step.
   */
  step(gradients: readonly Tensors[], version: number): Tensors {
    for (const [name, { data }] of Object.entries(this.#values)) {
      if (!(data instanceof Float32Array)) continue;
      const all = gradients.map((tensors) => tensors[name]!.data as Float32Array);
      this.#optimizer(name, data.length).step(data, meanOf(all));
    }
    this.#version = version;
    return this.#values;
  }

  #optimizer(name: string, length: number): Optimizer {
    let known = this.#optimizers.get(name);
    if (known?.length !== length) {
      known = { length, optimizer: optimizerOf(this.options, length) };
      this.#optimizers.set(name, known);
    }
    return known.optimizer;
  }
}

function meanOf(all: readonly Float32Array[]): Float32Array {
  const [first] = all;
  if (all.length === 1) return first!;
  const mean = new Float32Array(first!.length);
  for (let i = 0; i < mean.length; i++) {
    let sum = 0;
    for (const numbers of all) sum += numbers[i]!;
    mean[i] = sum / all.length;
  }
  return mean;
}
