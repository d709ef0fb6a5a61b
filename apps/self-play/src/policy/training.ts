import { actionCount } from "../pong/pong.js";
import { hiddenCount, inputCount, Policy } from "./policy.js";

/** A batch as the training needs it, one row after the other. */
export interface Lessons {
  /** What was seen. */
  readonly inputs: Float32Array;
  /** What was done, and how likely that was to whoever did it. */
  readonly actions: ArrayLike<number>;
  readonly chances: ArrayLike<number>;
  /** What came of it. */
  readonly outcomes: ArrayLike<number>;
  readonly size: number;
}

/** Of a step. */
const learningRate = 5e-3;
/** How much it counts that the policy tries everything, and that it knows how well it does. */
const entropyWeight = 0.01;
const valueWeight = 0.5;

/**
 * Makes actions likelier that came to more than was expected. Policies before the present one have done them, so each
 * counts by how much likelier it is now, at most once (Espeholt et al., "IMPALA", 2018), and steps are Adam's (Kingma
 * and Ba, 2015).
 */
export class Training {
  readonly #gradient = new Policy();
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  /** Of the outputs for one row. */
  readonly #slopes = new Float32Array(actionCount);
  #steps = 0;

  constructor(private readonly policy: Policy) {
    this.#mean = new Float32Array(policy.parameters.length);
    this.#square = new Float32Array(policy.parameters.length);
  }

  /** Takes one step, and gives by how much outcomes were other than expected, squared, on average. */
  step({ inputs, actions, chances, outcomes, size }: Lessons): number {
    const { policy } = this;
    this.#gradient.parameters.fill(0);
    let loss = 0;
    for (let row = 0; row < size; row++) {
      const input = inputs.subarray(row * inputCount, (row + 1) * inputCount);
      policy.evaluate(input);
      const action = actions[row]!;
      const surprise = outcomes[row]! - policy.value;
      const weight = Math.min(1, policy.chances[action]! / chances[row]!);
      this.#slopesOf(action, weight * surprise);
      this.#backward(input, -2 * valueWeight * surprise);
      loss += surprise ** 2 / size;
    }
    this.#adam(size);
    return loss;
  }

  /** By how much the loss grows with the logarithm of each action's chance, before they are made to add up to 1. */
  #slopesOf(action: number, advantage: number): void {
    const { chances } = this.policy;
    let entropy = 0;
    for (const chance of chances) entropy -= chance * Math.log(chance + 1e-9);
    for (let k = 0; k < actionCount; k++) {
      const chance = chances[k]!;
      const isTaken = k === action ? 1 : 0;
      this.#slopes[k] =
        advantage * (chance - isTaken) + entropyWeight * chance * (Math.log(chance + 1e-9) + entropy);
    }
  }

  #backward(input: Float32Array, valueSlope: number): void {
    const { hidden, weights } = this.policy;
    const gradient = this.#gradient.weights;
    const slopes = this.#slopes;
    for (let k = 0; k < actionCount; k++) gradient.actionBias[k]! += slopes[k]!;
    gradient.valueBias[0]! += valueSlope;
    for (let j = 0; j < hiddenCount; j++) {
      const h = hidden[j]!;
      if (h === 0) continue;
      gradient.value[j]! += valueSlope * h;
      let back = valueSlope * weights.value[j]!;
      for (let k = 0; k < actionCount; k++) {
        const at = j * actionCount + k;
        gradient.action[at]! += slopes[k]! * h;
        back += slopes[k]! * weights.action[at]!;
      }
      gradient.hiddenBias[j]! += back;
      for (let i = 0; i < inputCount; i++) gradient.hidden[i * hiddenCount + j]! += back * input[i]!;
    }
  }

  #adam(size: number): void {
    const { parameters } = this.policy;
    const gradient = this.#gradient.parameters;
    const step = ++this.#steps;
    const rate = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i]! / size;
      const mean = (this.#mean[i] = 0.9 * this.#mean[i]! + 0.1 * g);
      const square = (this.#square[i] = 0.999 * this.#square[i]! + 0.001 * g * g);
      parameters[i]! -= (rate * mean) / (Math.sqrt(square) + 1e-8);
    }
  }
}
