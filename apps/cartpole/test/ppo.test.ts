import { loadTensorFlow } from "@troupe/tfjs";
import { describe, expect, it } from "vitest";

import { PpoLearner, type PpoRollout } from "../src/algorithms/ppo.js";
import { Perceptron } from "../src/network/perceptron.js";
import { randomOf } from "../src/random.js";

const tensorFlow = await loadTensorFlow();
const learnerOf = (options = {}) =>
  new PpoLearner(
    tensorFlow,
    { observation: 1, actions: 2, seed: 1, batchSize: 8, ...options },
    randomOf(1, 0),
  );

/** In the state -1 action 0 was better than expected, in 1 action 1; each state is worth twice its number. */
const rollout: PpoRollout = {
  obs: Float32Array.of(-1, -1, 1, 1, -1, -1, 1, 1),
  action: Int32Array.of(0, 1, 0, 1, 0, 1, 0, 1),
  logProbability: new Float32Array(8).fill(Math.log(0.5)),
  advantage: Float32Array.of(1, -1, -1, 1, 1, -1, -1, 1),
  target: Float32Array.of(-2, -2, 2, 2, -2, -2, 2, 2),
};

async function networksOf(learner: PpoLearner) {
  const weights = await learner.weights();
  const [policy, value] = [new Perceptron("tanh"), new Perceptron("tanh")];
  policy.load(weights, "policy/");
  value.load(weights, "value/");
  const chosen = (state: number) => {
    const [left = 0, right = 0] = policy.compute([state]);
    return 1 / (1 + Math.exp(left - right));
  };
  return { chosen, value: (state: number) => value.compute([state])[0]! };
}

describe("proximal policy optimisation", () => {
  it("makes good actions likelier, and learns what states are worth", async () => {
    const learner = learnerOf({ epochs: 100 });
    const before = await networksOf(learner);
    expect(before.chosen(1)).toBeCloseTo(0.5, 1);
    learner.learn(rollout, 1);
    const { chosen, value } = await networksOf(learner);
    expect(chosen(1)).toBeGreaterThan(0.58);
    expect(chosen(-1)).toBeLessThan(0.42);
    expect(Math.abs(value(1) - 2)).toBeLessThan(Math.abs(before.value(1) - 2) / 2);
  });

  it("goes no further than the clip lets it, but for the way that its optimizer has yet to run", async () => {
    const after = async (clip: number) => {
      const learner = learnerOf({ epochs: 100, clip });
      learner.learn(rollout, 1);
      return (await networksOf(learner)).chosen(1);
    };
    expect(await after(1_000)).toBeGreaterThan(0.95);
    expect(await after(0.05)).toBeLessThan(0.8);
  });

  it("learns nothing more at the end of training", async () => {
    const learner = learnerOf();
    const before = await learner.weights();
    learner.learn(rollout, 0);
    expect(await learner.weights()).toEqual(before);
  });

  it("goes on from what was learnt before as if there had been no break, moments of the optimizer included", async () => {
    // All rows in a batch: their order, which the random numbers make, is of no matter.
    const learner = learnerOf();
    learner.learn(rollout, 1);
    const other = learnerOf();
    await other.restore(await learner.state());
    for (const each of [learner, other]) each.learn(rollout, 1);
    const weights = await learner.weights();
    for (const [name, { data }] of Object.entries(await other.weights()))
      data.forEach((value, at) => expect(value).toBeCloseTo(weights[name]!.data[at]!, 4));
  });
});
