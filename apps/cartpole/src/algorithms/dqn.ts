import type { AdamOptimizer, Scalar, Sequential, Tensor, Tensor1D } from "@tensorflow/tfjs";
import { readWeights, type TensorFlow, type Tensors, Trainer, writeWeights } from "@troupe/tfjs";

import { denseModel, type DenseShape } from "../network/dense-model.js";
import { type LearnerState, readOptimizer, writeOptimizer } from "./learner-state.js";

/** How {@link DqnLearner} learns. */
export interface DqnOptions {
  /** Of one observation. */
  readonly observation: number;
  readonly actions: number;
  readonly seed: number;
  /** Step of Adam. Default: 0.0023. */
  readonly learningRate?: number;
  readonly hidden?: readonly number[];
  /** Whether the next action is chosen by the network that learns, and valued by the target (van Hasselt et al., 2016). */
  readonly double?: boolean;
}

/** Transitions, a column each, a row for each transition. */
export interface DqnBatch {
  readonly obs: Float32Array;
  readonly action: Int32Array;
  /** The discounted sum of the rewards of the steps that a transition takes. */
  readonly reward: Float32Array;
  readonly next: Float32Array;
  /** What the value after the transition counts: γ to the power of its steps, and 0 after the end of an episode. */
  readonly discount: Float32Array;
}

/** What a step of learning came to. */
export interface DqnStep {
  readonly loss: number;
  /** By how much each value was off: the priority of its transition. */
  readonly errors: Float32Array;
}

/**
 * Deep Q-learning: Mnih et al., "Human-level control through deep reinforcement learning" (Nature, 2015), with the double
 * estimator of van Hasselt et al., "Deep Reinforcement Learning with Double Q-learning" (AAAI 2016).
 */
export class DqnLearner {
  readonly #model: Sequential;
  readonly #target: Sequential;
  readonly #optimizer: AdamOptimizer;
  readonly #trainer: Trainer;
  readonly #isDouble: boolean;

  constructor(
    private readonly tensorFlow: TensorFlow,
    private readonly options: DqnOptions,
  ) {
    const { tf } = tensorFlow;
    const { observation, actions, seed, hidden = [64, 64], learningRate = 0.0023, double = true } = options;
    const shape: DenseShape = { inputs: observation, hidden, outputs: actions, activation: "relu", seed };
    this.#model = denseModel(tf, shape);
    this.#target = denseModel(tf, shape);
    this.#isDouble = double;
    this.#optimizer = tf.train.adam(learningRate);
    this.#trainer = new Trainer(tf, this.#model, { optimizer: this.#optimizer });
    this.copyToTarget();
  }

  /**
   * One step on a batch.
   *
   * @param weights What each row counts; all the same by default.
   */
  learn(batch: DqnBatch, weights?: Float32Array): DqnStep {
    const { tf } = this.tensorFlow;
    const { observation, actions } = this.options;
    const rows = batch.action.length;
    let errors: Float32Array | undefined;
    const inputs = tf.tidy(() => ({
      obs: tf.tensor2d(batch.obs, [rows, observation]),
      taken: tf.oneHot(tf.tensor1d(batch.action, "int32"), actions),
      wanted: this.#wanted(batch),
      counts: weights ? tf.tensor1d(weights) : tf.ones([rows]),
    }));
    const { loss } = this.#trainer.step(() => {
      const values = this.#model.apply(inputs.obs, { training: true }) as Tensor;
      const error = tf.sub<Tensor1D>(tf.sum(tf.mul(values, inputs.taken), 1), inputs.wanted);
      errors = Float32Array.from(error.dataSync(), Math.abs);
      return tf.mean<Scalar>(tf.mul(tf.square(error), inputs.counts));
    });
    tf.dispose(Object.values(inputs));
    return { loss, errors: errors! };
  }

  /** From now on values are held against those of the network as it is now. */
  copyToTarget(): void {
    this.#target.setWeights(this.#model.getWeights());
  }

  weights(): Promise<Tensors> {
    return readWeights(this.#model);
  }

  /** All that it knows; the target is left out, so ask between {@link copyToTarget} and the next step. */
  async state(): Promise<LearnerState> {
    const [weights, optimizer] = await Promise.all([this.weights(), readOptimizer(this.#optimizer)]);
    return { weights, optimizer };
  }

  /** Goes on from what was learnt before. @throws ERR_SCHEMA */
  async restore({ weights, optimizer }: LearnerState): Promise<void> {
    const { tf } = this.tensorFlow;
    writeWeights(tf, this.#model, weights);
    this.copyToTarget();
    await writeOptimizer(tf, this.#optimizer, optimizer);
  }

  /** The reward, and what the target makes of the rest. */
  #wanted({ reward, next, discount }: DqnBatch): Tensor1D {
    const { tf } = this.tensorFlow;
    const { observation, actions } = this.options;
    const after = tf.tensor2d(next, [reward.length, observation]);
    const valued = this.#target.apply(after) as Tensor;
    const best = this.#isDouble
      ? tf.sum(
          tf.mul(valued, tf.oneHot(tf.argMax<Tensor1D>(this.#model.apply(after) as Tensor, 1), actions)),
          1,
        )
      : tf.max(valued, 1);
    return tf.add(tf.tensor1d(reward), tf.mul(tf.tensor1d(discount), best));
  }
}

/** Falls in a line from 1 to `least` over so many steps, and stays there. */
export function falling(step: number, over: number, least: number): number {
  return Math.max(least, 1 - (1 - least) * (step / over));
}
