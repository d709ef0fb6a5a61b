import type { Tensor2D } from "@tensorflow/tfjs";
import { loadTensorFlow, readWeights } from "@troupe/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { denseModel } from "../src/network/dense-model.js";
import { greatest, Perceptron } from "../src/network/perceptron.js";

const { tf } = await loadTensorFlow();

describe("a perceptron in plain arrays", () => {
  it("computes what the model of layers does whose weights it has", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("relu", "tanh"),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 0, maxLength: 3 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 }),
        async (activation, hidden, seed, observation) => {
          const model = denseModel(tf, { inputs: 4, hidden, outputs: 3, activation, seed });
          const spread = (shape: number[], at: number) =>
            tf.randomNormal(shape, 0, 0.5, "float32", seed + at);
          model.setWeights(model.getWeights().map((weight, at) => spread(weight.shape, at)));
          const perceptron = new Perceptron(activation);
          perceptron.load(await readWeights(model));
          const expected = (model.predict(tf.tensor2d([observation])) as Tensor2D).dataSync();
          const computed = perceptron.compute(observation);
          expect(computed).toHaveLength(3);
          expected.forEach((value, at) => expect(computed[at]).toBeCloseTo(value, 4));
        },
      ),
      { numRuns: 25 },
    );
  });

  it("has the weights that it was given last, by a prefix if there is one", () => {
    const perceptron = new Perceptron("relu");
    const weights = (factor: number) => ({
      "policy/0/kernel": { data: Float32Array.of(factor), shape: [1, 1] },
      "policy/0/bias": { data: Float32Array.of(1), shape: [1] },
    });
    perceptron.load(weights(2), "policy/");
    expect([...perceptron.compute([3])]).toEqual([7]);
    perceptron.load(weights(-1), "policy/");
    expect([...perceptron.compute([3])]).toEqual([-2]);
  });
});

describe("greatest", () => {
  it("is the index of the greatest, the first of equals", () => {
    expect(greatest([1, 3, 2, 3])).toBe(1);
    expect(greatest([-1])).toBe(0);
  });
});
