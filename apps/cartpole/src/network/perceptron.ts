/** What a hidden layer makes of its sums. */
export type Activation = "relu" | "tanh";

interface Layer {
  /** Of `inputs` rows of `outputs` numbers. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly output: Float64Array;
}

/**
 * A perceptron that is computed for one observation at a time, in plain arrays: for so few numbers a tensor costs more than what
 * is done with it.
 */
export class Perceptron {
  #layers: readonly Layer[] = [];

  constructor(private readonly activation: Activation) {}

  /** Takes the weights of a model of dense layers: `0/kernel`, `0/bias`, `1/kernel` and so on, each after the prefix. */
  load(weights: Readonly<Record<string, { readonly data: unknown }>>, prefix = ""): void {
    const layers: Layer[] = [];
    for (let index = 0; weights[`${prefix}${index}/kernel`]; index++) {
      const kernel = (weights[`${prefix}${index}/kernel`]!.data as Float32Array).slice();
      const bias = (weights[`${prefix}${index}/bias`]!.data as Float32Array).slice();
      layers.push({ kernel, bias, output: new Float64Array(bias.length) });
    }
    this.#layers = layers;
  }

  /** What the last layer gives for an input; overwritten by the next call. */
  compute(input: ArrayLike<number>): Float64Array {
    const last = this.#layers.length - 1;
    let values: ArrayLike<number> = input;
    for (let index = 0; index <= last; index++) {
      const { kernel, bias, output } = this.#layers[index]!;
      output.set(bias);
      for (let from = 0; from < values.length; from++) {
        const value = values[from]!;
        if (value === 0) continue;
        const row = from * output.length;
        for (let to = 0; to < output.length; to++) output[to]! += value * kernel[row + to]!;
      }
      if (index < last) this.#activate(output);
      values = output;
    }
    return values as Float64Array;
  }

  #activate(values: Float64Array): void {
    if (this.activation === "tanh") values.forEach((value, at) => (values[at] = Math.tanh(value)));
    else values.forEach((value, at) => (values[at] = Math.max(0, value)));
  }
}

/** The index of the greatest value. */
export function greatest(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}
