import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Learner } from "../src/learn/learner.js";
import { adam, type OptimizerOptions, sgd } from "../src/learn/optimizer.js";

const numbers = fc.array(
  fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  {
    minLength: 1,
    maxLength: 8,
  },
);

/** The numbers of one tensor after steps by these gradients. */
function learned(
  options: OptimizerOptions,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
) {
  const learner = new Learner(options);
  learner.load({ w: { data: Float32Array.from(start), shape: [3] } });
  gradients.forEach((gradient, i) =>
    learner.step([{ w: { data: Float32Array.from(gradient), shape: [3] } }], i + 2),
  );
  return learner.values["w"]!.data as Float32Array;
}

describe("the optimizers are as they were published, to the precision of their numbers", () => {
  const start = [0.5, -0.25, 1];

  it("sgd, with and without momentum", () => {
    fc.assert(
      fc.property(numbers, fc.constantFrom(0, 0.5, 0.9), (gradients, momentum) => {
        const expected = [...start];
        const velocity = [0, 0, 0];
        for (const gradient of gradients)
          gradient.forEach((g, i) => {
            velocity[i] = momentum * velocity[i]! + g;
            expected[i]! -= 0.1 * velocity[i];
          });
        const found = learned(sgd({ learningRate: 0.1, momentum }), start, gradients);
        expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
      }),
    );
  });

  it("adam", () => {
    fc.assert(
      fc.property(numbers, (gradients) => {
        const expected = [...start];
        const [m, v] = [
          [0, 0, 0],
          [0, 0, 0],
        ];
        gradients.forEach((gradient, step) =>
          gradient.forEach((g, i) => {
            m[i] = 0.9 * m[i]! + 0.1 * g;
            v[i] = 0.999 * v[i]! + 0.001 * g * g;
            const mean = m[i] / (1 - 0.9 ** (step + 1));
            const square = v[i] / (1 - 0.999 ** (step + 1));
            expected[i]! -= (0.01 * mean) / (Math.sqrt(square) + 1e-8);
          }),
        );
        const found = learned(adam({ learningRate: 0.01 }), start, gradients);
        // A gradient near 0 is mostly rounding.
        expected.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-3));
      }),
    );
  });
});

it.each([
  () => sgd({ learningRate: 0 }),
  () => sgd({ momentum: 1 }),
  () => adam({ learningRate: NaN }),
  () => adam({ beta1: -0.1 }),
  () => adam({ epsilon: 0 }),
])("options of an optimizer that are none are ERR_CONFIG: %s", (make) => {
  expect(make).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }) as Error);
});
