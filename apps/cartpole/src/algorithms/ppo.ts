import type { AdamOptimizer, Scalar, Sequential, Tensor } from "@tensorflow/tfjs";
import { readWeights, type TensorFlow, type Tensors, Trainer, variablesOf, writeWeights } from "@troupe/tfjs";

import { denseModel } from "../network/dense-model.js";
import type { Random } from "../random.js";
import { type LearnerState, readOptimizer, writeOptimizer } from "./learner-state.js";

/** How {@link PpoLearner} learns. */
export interface PpoOptions {
  /** Of one observation. */
  readonly observation: number;
  readonly actions: number;
  readonly seed: number;
  /** First step of Adam. Default: 0.001. */
  readonly learningRate?: number;
  /** By how much a probability may change, as a part of it, at first. Default: 0.2. */
  readonly clip?: number;
  /** Times that each rollout is gone through. Default: 20. */
  readonly epochs?: number;
  /** Rows of a step. Default: 256. */
  readonly batchSize?: number;
  readonly hidden?: readonly number[];
}

/** Steps that were taken by one policy, a column each, a row for each step. */
export interface PpoRollout {
  readonly obs: Float32Array;
  readonly action: Int32Array;
  /** The logarithm of the probability that the action had. */
  readonly logProbability: Float32Array;
  /** By how much the action was better than what was expected. */
  readonly advantage: Float32Array;
  /** What came of the step and all that followed, as far as known: what the value is to be. */
  readonly target: Float32Array;
}

const maxNorm = 0.5;
const valueWeight = 0.5;

/**
 * Proximal policy optimisation with a clipped objective: Schulman et al., "Proximal Policy Optimization Algorithms" (2017). The
 * policy and the value have networks of their own.
 */
export class PpoLearner {
  readonly #policy: Sequential;
  readonly #value: Sequential;
  readonly #optimizer: AdamOptimizer;
  readonly #trainer: Trainer;

  constructor(
    private readonly tensorFlow: TensorFlow,
    private readonly options: PpoOptions,
    private readonly random: Random,
  ) {
    const { tf } = tensorFlow;
    const { observation, actions, seed, hidden = [64, 64], learningRate = 0.001 } = options;
    const shape = { inputs: observation, hidden, activation: "tanh" } as const;
    this.#policy = denseModel(tf, { ...shape, outputs: actions, seed });
    this.#value = denseModel(tf, { ...shape, outputs: 1, seed: seed + 100 });
    this.#optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-5);
    this.#trainer = new Trainer(tf, this.#variables, { optimizer: this.#optimizer, maxNorm });
  }

  /**
   * Goes through a rollout, `epochs` times.
   *
   * @param left What part of training is still to come, from 1 to 0: step and clip get smaller with it.
   * @returns The steps that it took, and their mean loss.
   */
  learn(rollout: PpoRollout, left: number): { readonly gradients: number; readonly loss: number } {
    const { learningRate = 0.001, clip = 0.2, epochs = 20, batchSize = 256 } = this.options;
    // Of all optimizers of TensorFlow.js it is this field that says the step.
    (this.#optimizer as unknown as { learningRate: number }).learningRate = learningRate * left;
    const rows = rollout.action.length;
    let sum = 0;
    let steps = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = this.#shuffled(rows);
      for (let from = 0; from < rows; from += batchSize, steps++)
        sum += this.#step(pick(rollout, order.subarray(from, from + batchSize)), clip * left);
    }
    return { gradients: steps, loss: sum / steps };
  }

  weights(): Promise<Tensors> {
    return readWeights(this.#variables);
  }

  /** All that it knows. */
  async state(): Promise<LearnerState> {
    const [weights, optimizer] = await Promise.all([this.weights(), readOptimizer(this.#optimizer)]);
    return { weights, optimizer };
  }

  /** Goes on from what was learnt before. @throws ERR_SCHEMA */
  async restore({ weights, optimizer }: LearnerState): Promise<void> {
    const { tf } = this.tensorFlow;
    writeWeights(tf, this.#variables, weights);
    await writeOptimizer(tf, this.#optimizer, optimizer);
  }

  /** `policy/0/kernel` and so on, and `value/0/kernel` and so on. */
  get #variables() {
    const named = (prefix: string, model: Sequential) =>
      Object.entries(variablesOf(model)).map(([name, variable]) => [`${prefix}/${name}`, variable] as const);
    return Object.fromEntries([...named("policy", this.#policy), ...named("value", this.#value)]);
  }

  #step(batch: PpoRollout, clip: number): number {
    const { tf } = this.tensorFlow;
    const { observation, actions } = this.options;
    const inputs = tf.tidy(() => ({
      obs: tf.tensor2d(batch.obs, [batch.action.length, observation]),
      taken: tf.oneHot(tf.tensor1d(batch.action, "int32"), actions),
      before: tf.tensor1d(batch.logProbability),
      advantage: tf.tensor1d(normalised(batch.advantage)),
      target: tf.tensor2d(batch.target, [batch.target.length, 1]),
    }));
    const { loss } = this.#trainer.step(() => {
      const logits = this.#policy.apply(inputs.obs, { training: true }) as Tensor;
      const now = tf.sum(tf.mul(tf.logSoftmax(logits), inputs.taken), 1);
      const ratio = tf.exp(tf.sub(now, inputs.before));
      const clipped = tf.clipByValue(ratio, 1 - clip, 1 + clip);
      const gain = tf.minimum(tf.mul(ratio, inputs.advantage), tf.mul(clipped, inputs.advantage));
      const value = this.#value.apply(inputs.obs, { training: true }) as Tensor;
      const valueLoss = tf.mean(tf.square(tf.sub(value, inputs.target)));
      return tf.sub<Scalar>(tf.mul(valueLoss, valueWeight), tf.mean(gain));
    });
    tf.dispose(Object.values(inputs));
    return loss;
  }

  /** Fisher and Yates. */
  #shuffled(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, index) => index);
    for (let at = length - 1; at > 0; at--) {
      const other = Math.floor(this.random() * (at + 1));
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    return order;
  }
}

function pick({ obs, action, logProbability, advantage, target }: PpoRollout, rows: Int32Array): PpoRollout {
  const width = obs.length / action.length;
  const observations = new Float32Array(rows.length * width);
  rows.forEach((row, at) => observations.set(obs.subarray(row * width, (row + 1) * width), at * width));
  const floats = (column: Float32Array) => Float32Array.from(rows, (row) => column[row]!);
  return {
    obs: observations,
    action: rows.map((row) => action[row]!),
    logProbability: floats(logProbability),
    advantage: floats(advantage),
    target: floats(target),
  };
}

/** With mean 0 and standard deviation 1. */
function normalised(values: Float32Array): Float32Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return values.map((value) => (value - mean) / (Math.sqrt(variance) + 1e-8));
}
