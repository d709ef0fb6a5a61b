import type { Tensors } from "@troupe/dist";

import { sightings, stackSize } from "../pong/frame.js";
import { actionCount } from "../pong/pong.js";
import type { Random } from "../random.js";

/** Numbers that a policy goes by: what {@link look} found in each frame of an observation. */
export const inputCount = stackSize * sightings;
export const hiddenCount = 32;

const shapes = {
  hidden: [inputCount, hiddenCount],
  hiddenBias: [hiddenCount],
  action: [hiddenCount, actionCount],
  actionBias: [actionCount],
  value: [hiddenCount, 1],
  valueBias: [1],
} as const;

type Weights = Readonly<Record<keyof typeof shapes, Float32Array>>;

/** What to do, and how well it will end: a perceptron with one hidden layer. */
export class Policy {
  /** All weights, one after the other. */
  readonly parameters: Float32Array;
  /** Views of them. */
  readonly weights: Weights;
  /** Of the input that was evaluated last. */
  readonly hidden = new Float32Array(hiddenCount);
  /** How likely it is to take each action. */
  readonly chances = new Float32Array(actionCount);
  /** What it expects to come of it. */
  value = 0;

  constructor(parameters = new Float32Array(parameterCount)) {
    this.parameters = parameters;
    let at = 0;
    const views = Object.entries(shapes).map(([name, shape]) => {
      const from = at;
      at += sizeOf(shape);
      return [name, parameters.subarray(from, at)];
    });
    this.weights = Object.fromEntries(views) as Weights;
  }

  /** One that has learned nothing. */
  static random(random: Random): Policy {
    const policy = new Policy();
    const { hidden, action, value } = policy.weights;
    const fill = (weights: Float32Array, most: number) => {
      for (let i = 0; i < weights.length; i++) weights[i] = (2 * random() - 1) * most;
    };
    fill(hidden, 1.7 / Math.sqrt(inputCount));
    // All actions are about as likely in the beginning.
    fill(action, 0.1);
    fill(value, 0.1);
    return policy;
  }

  /** The weights as tensors: views. */
  get tensors(): Tensors {
    return Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        { data: this.weights[name as keyof Weights], shape: [...shape] },
      ]),
    );
  }

  /** Takes the weights of another, whose memory may change afterwards. */
  load(tensors: Tensors): void {
    for (const [name, weights] of Object.entries(this.weights))
      weights.set(tensors[name]!.data as Float32Array);
  }

  /** Computes {@link chances} and {@link value}. */
  evaluate(input: Float32Array): void {
    const { hidden, chances, weights } = this;
    hidden.set(weights.hiddenBias);
    for (let i = 0; i < inputCount; i++) {
      const x = input[i]!;
      for (let j = 0; j < hiddenCount; j++) hidden[j]! += x * weights.hidden[i * hiddenCount + j]!;
    }
    chances.set(weights.actionBias);
    this.value = weights.valueBias[0]!;
    for (let j = 0; j < hiddenCount; j++) {
      const h = (hidden[j] = Math.max(0, hidden[j]!));
      for (let k = 0; k < actionCount; k++) chances[k]! += h * weights.action[j * actionCount + k]!;
      this.value += h * weights.value[j]!;
    }
    softmax(chances);
  }

  /** The action that it is most likely to take. */
  best(input: Float32Array): number {
    this.evaluate(input);
    return this.chances.indexOf(Math.max(...this.chances));
  }

  /** One of the actions, each as likely as it is. @param chance From 0 up to 1: which. */
  draw(input: Float32Array, chance: number): number {
    this.evaluate(input);
    let action = 0;
    for (let left = chance; action < actionCount - 1; action++) {
      left -= this.chances[action]!;
      if (left < 0) break;
    }
    return action;
  }
}

const parameterCount = Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function softmax(numbers: Float32Array): void {
  const most = Math.max(...numbers);
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] = Math.exp(numbers[i]! - most);
  for (let i = 0; i < numbers.length; i++) numbers[i]! /= sum;
}
