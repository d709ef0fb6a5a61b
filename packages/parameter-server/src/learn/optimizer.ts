import { inspect } from "node:util";

import { checkKnown, TroupeError } from "@troupe/core";

/** How gradients change tensors: made by {@link sgd} or {@link adam}. */
export type OptimizerOptions =
  | { readonly kind: "sgd"; readonly learningRate: number; readonly momentum: number }
  | {
      readonly kind: "adam";
      readonly learningRate: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
    };

/**
 * Stochastic gradient descent: w ← w − learningRate · v, where v ← momentum · v + g.
 *
 * @throws ERR_CONFIG
 */
export function sgd(
  options: {
    readonly learningRate?: number | undefined;
    readonly momentum?: number | undefined;
  } = {},
): OptimizerOptions {
  checkKnown("sgd()", options, ["learningRate", "momentum"]);
  const { learningRate = 0.01, momentum = 0 } = options;
  checkNumber("sgd()", "learningRate", learningRate, (rate) => rate > 0, "above 0");
  checkNumber("sgd()", "momentum", momentum, isDecay, "from 0 to below 1");
  return { kind: "sgd", learningRate, momentum };
}

/**
 * Adam, by Kingma and Ba 2015, algorithm 1.
 *
 * @throws ERR_CONFIG
 */
export function adam(
  options: {
    readonly learningRate?: number | undefined;
    readonly beta1?: number | undefined;
    readonly beta2?: number | undefined;
    readonly epsilon?: number | undefined;
  } = {},
): OptimizerOptions {
  checkKnown("adam()", options, ["learningRate", "beta1", "beta2", "epsilon"]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkNumber("adam()", "learningRate", learningRate, (rate) => rate > 0, "above 0");
  checkNumber("adam()", "beta1", beta1, isDecay, "from 0 to below 1");
  checkNumber("adam()", "beta2", beta2, isDecay, "from 0 to below 1");
  checkNumber("adam()", "epsilon", epsilon, (value) => value > 0, "above 0");
  return { kind: "adam", learningRate, beta1, beta2, epsilon };
}

/** Changes the numbers of one tensor, and remembers what it needs from step to step. */
export interface Optimizer {
  /** @param values Changed in place. */
  step(values: Float32Array, gradient: Float32Array): void;
}

/** For a tensor of so many numbers. */
export function optimizerOf(options: OptimizerOptions, length: number): Optimizer {
  return options.kind === "sgd" ? new Sgd(options, length) : new Adam(options, length);
}

export function isOptimizer(value: unknown): value is OptimizerOptions {
  const kind = (value as OptimizerOptions | undefined)?.kind;
  return kind === "sgd" || kind === "adam";
}

class Sgd implements Optimizer {
  readonly #velocity: Float32Array | undefined;

  constructor(
    private readonly options: OptimizerOptions & { readonly kind: "sgd" },
    length: number,
  ) {
    if (options.momentum > 0) this.#velocity = new Float32Array(length);
  }

  step(values: Float32Array, gradient: Float32Array): void {
    const { learningRate, momentum } = this.options;
    const velocity = this.#velocity;
    for (let i = 0; i < values.length; i++) {
      let change = gradient[i]!;
      if (velocity) change = velocity[i] = momentum * velocity[i]! + change;
      values[i] = values[i]! - learningRate * change;
    }
  }
}

class Adam implements Optimizer {
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  #steps = 0;

  constructor(
    private readonly options: OptimizerOptions & { readonly kind: "adam" },
    length: number,
  ) {
    this.#mean = new Float32Array(length);
    this.#square = new Float32Array(length);
  }

  step(values: Float32Array, gradient: Float32Array): void {
    const { learningRate, beta1, beta2, epsilon } = this.options;
    const [mean, square] = [this.#mean, this.#square];
    const steps = ++this.#steps;
    const [meanBias, squareBias] = [1 - beta1 ** steps, 1 - beta2 ** steps];
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      const m = (mean[i] = beta1 * mean[i]! + (1 - beta1) * g);
      const v = (square[i] = beta2 * square[i]! + (1 - beta2) * g * g);
      values[i] = values[i]! - (learningRate * (m / meanBias)) / (Math.sqrt(v / squareBias) + epsilon);
    }
  }
}

function isDecay(value: number): boolean {
  return value >= 0 && value < 1;
}

function checkNumber(
  what: string,
  option: string,
  value: unknown,
  holds: (value: number) => boolean,
  range: string,
): void {
  if (typeof value === "number" && Number.isFinite(value) && holds(value)) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `${what}: ${option} must be a number ${range}; it is ${inspect(value)}.`,
    {
      details: { option },
    },
  );
}
