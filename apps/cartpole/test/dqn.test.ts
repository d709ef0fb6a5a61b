import { loadTensorFlow } from "@troupe/tfjs";
import { describe, expect, it } from "vitest";

import { type DqnBatch, DqnLearner, falling } from "../src/algorithms/dqn.js";
import { Perceptron } from "../src/network/perceptron.js";

const tensorFlow = await loadTensorFlow();
const learnerOf = (options: { double?: boolean } = {}) =>
  new DqnLearner(tensorFlow, { observation: 1, actions: 2, seed: 1, learningRate: 0.01, ...options });

/** In state 0 action 1 leads to state 1, and 0 ends; in state 1 action 0 gives 1 and ends, and 1 gives nothing. */
const transitions: DqnBatch = {
  obs: Float32Array.of(0, 0, 1, 1),
  action: Int32Array.of(0, 1, 0, 1),
  reward: Float32Array.of(0, 0, 1, 0),
  next: Float32Array.of(0, 1, 0, 0),
  discount: Float32Array.of(0, 0.5, 0, 0),
};

async function valuesOf(learner: DqnLearner) {
  const perceptron = new Perceptron("relu");
  perceptron.load(await learner.weights());
  return [0, 1].map((state) => [...perceptron.compute([state])]);
}

describe("deep Q-learning", () => {
  it.each([true, false])("learns what actions are worth, with what follows (double: %s)", async (double) => {
    const learner = learnerOf({ double });
    for (let step = 0; step < 400; step++) {
      learner.learn(transitions);
      if (step % 20 === 0) learner.copyToTarget();
    }
    const [[end, go] = [], [take, leave] = []] = await valuesOf(learner);
    expect(end).toBeCloseTo(0, 1);
    expect(go).toBeCloseTo(0.5, 1);
    expect(take).toBeCloseTo(1, 1);
    expect(leave).toBeCloseTo(0, 1);
    const { loss, errors } = learner.learn(transitions);
    expect(loss).toBeLessThan(0.01);
    expect(errors).toHaveLength(4);
  });

  it("says by how much each value was off, and holds values against the target until that is renewed", () => {
    const learner = learnerOf();
    const first = learner.learn(transitions).errors;
    expect(learnerOf().learn(transitions).errors).toEqual(first);
    // Two learners that know the same and have the same target differ by nothing.
    const loaded = learnerOf();
    expect(loaded.learn(transitions, Float32Array.of(0, 0, 0, 0)).errors).toEqual(first);
    expect(loaded.learn(transitions).errors).toEqual(first);
  });

  it("goes on from what was learnt before as if there had been no break, moments of the optimizer included", async () => {
    const learner = learnerOf();
    for (let step = 0; step < 10; step++) learner.learn(transitions);
    const other = learnerOf();
    learner.copyToTarget();
    await other.restore(await learner.state());
    for (let step = 0; step < 3; step++)
      expect(other.learn(transitions).errors).toEqual(learner.learn(transitions).errors);
  });
});

describe("falling", () => {
  it("goes from 1 to the least in a line, and stays there", () => {
    expect(falling(0, 160, 0.04)).toBe(1);
    expect(falling(80, 160, 0.04)).toBeCloseTo(0.52);
    expect(falling(160, 160, 0.04)).toBeCloseTo(0.04);
    expect(falling(999, 160, 0.04)).toBe(0.04);
  });
});
