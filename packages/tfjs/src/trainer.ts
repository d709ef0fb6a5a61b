import type { Optimizer, Scalar, Tensor, Variable } from "@tensorflow/tfjs";
import { type Tensors as AnyTensors, TroupeError } from "@troupe/core";

import { checkStep, differentiate, normOf } from "./gradients.js";
import type { TF } from "./tensorflow.js";
import type { Tensors } from "./weights/tensors.js";
import { plainTensor, toTensor, variablesOf, type Weighted } from "./weights/weights.js";

/** Options of a {@link Trainer}. */
export interface TrainerOptions {
  readonly optimizer: Optimizer;
  /** Gradients whose norm, over all weights, is larger are scaled down to it. Default: none are. */
  readonly maxNorm?: number | undefined;
}

/** What a step of training came to. */
export interface TrainingStep {
  readonly loss: number;
  /** Of the gradients over all weights, before they were scaled. */
  readonly norm: number;
}

/** Takes steps of training, here; or gives gradients, for a parameter server that takes them. */
export class Trainer {
  readonly #variables: Readonly<Record<string, Variable>>;

  constructor(
    private readonly tf: TF,
    weighted: Weighted,
    private readonly options: TrainerOptions,
  ) {
    this.#variables = variablesOf(weighted);
  }

  /**
   * One step. Tensors that `loss` makes are disposed of.
   *
   * @throws ERR_SCHEMA when the loss, or a gradient, is no number, and for a loss that is no scalar or does not come from
   *   the weights: these stay as they are.
   */
  step(loss: () => Scalar): TrainingStep {
    const { step, gradients } = this.#gradients(loss);
    this.options.optimizer.applyGradients(gradients);
    this.tf.dispose(gradients);
    return step;
  }

  /**
   * The gradients of one step, by the names of the weights, for others to take it.
   *
   * @throws as {@link step}; ERR_SCHEMA for a weight that is frozen, or that the loss does not depend on
   */
  async gradients(loss: () => Scalar): Promise<TrainingStep & { readonly gradients: Tensors }> {
    const { step, gradients } = this.#gradients(loss);
    try {
      const named = Object.entries(this.#variables).map(async ([name, variable]) => {
        const gradient = gradients[variable.name] ?? noGradient(name);
        return [name, await plainTensor(gradient)] as const;
      });
      return { ...step, gradients: Object.fromEntries(await Promise.all(named)) };
    } finally {
      this.tf.dispose(gradients);
    }
  }

  /** Takes the step of gradients that were computed elsewhere, with the same model. */
  apply(gradients: AnyTensors): void {
    this.tf.tidy(() => {
      const named = Object.entries(this.#variables).map(([name, variable]) => {
        const gradient = gradients[name] ?? noGradient(name);
        return [variable.name, toTensor(this.tf, gradient, variable.dtype)];
      });
      this.options.optimizer.applyGradients(Object.fromEntries(named) as Record<string, Tensor>);
    });
  }

  /** The gradients by the names of the variables, for the caller to dispose of. */
  #gradients(compute: () => Scalar): { step: TrainingStep; gradients: Record<string, Tensor> } {
    const { tf } = this;
    let step: TrainingStep | undefined;
    const gradients = tf.tidy(() => {
      const { value, grads } = differentiate(tf, compute, Object.values(this.#variables));
      const [loss, norm] = [value.dataSync()[0]!, normOf(tf, grads)];
      checkStep(loss, norm);
      step = { loss, norm };
      const { maxNorm = Infinity } = this.options;
      if (norm <= maxNorm) return grads;
      const scaled = Object.entries(grads).map(([name, gradient]) => [
        name,
        tf.mul(gradient, maxNorm / norm),
      ]);
      return Object.fromEntries(scaled) as Record<string, Tensor>;
    });
    return { step: step!, gradients };
  }
}

function noGradient(name: string): never {
  throw new TroupeError("ERR_SCHEMA", `There is no gradient of "${name}".`, { details: { name } });
}
