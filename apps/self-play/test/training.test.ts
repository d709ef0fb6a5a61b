import { describe, expect, it } from "vitest";

import { inputCount, Policy } from "../src/policy/policy.js";
import { Training } from "../src/policy/training.js";
import { actionCount } from "../src/pong/pong.js";
import { randomOf } from "../src/random.js";

const random = randomOf(1);
const size = 64;
const inputs = Float32Array.from({ length: size * inputCount }, () => 2 * random() - 1);
const inputOf = (row: number) => inputs.subarray(row * inputCount, (row + 1) * inputCount);
/** In each situation another action is the right one: a matter of what is seen. */
const right = (row: number) => (inputOf(row)[0]! > 0.3 ? 2 : inputOf(row)[0]! < -0.3 ? 1 : 0);

describe("a policy", () => {
  it("draws each action as often as it is likely", () => {
    const policy = Policy.random(randomOf(2));
    policy.weights.actionBias.set([0, 1, -1]);
    const counts = Array<number>(actionCount).fill(0);
    for (let draw = 0; draw < 1_000; draw++) counts[policy.draw(inputOf(0), (draw + 0.5) / 1_000)]!++;
    counts.forEach((count, action) =>
      expect(Math.abs(count - 1_000 * policy.chances[action]!)).toBeLessThan(2),
    );
    expect(policy.best(inputOf(0))).toBe(1);
  });

  it("is made the same as another by its tensors", () => {
    const [one, other] = [Policy.random(randomOf(3)), new Policy()];
    other.load(structuredClone(one.tensors));
    expect(other.parameters).toEqual(one.parameters);
  });
});

describe("the training of a policy", () => {
  it("makes what turns out well likelier, and knows how well it does", () => {
    const policy = Policy.random(randomOf(2));
    const training = new Training(policy);
    let loss = 0;
    for (let step = 0; step < 600; step++) {
      const rows = Array.from({ length: size }, (_, row) => row);
      const actions = rows.map((row) => policy.draw(inputOf(row), random()));
      const chances = rows.map((row) => {
        policy.evaluate(inputOf(row));
        return policy.chances[actions[row]!]!;
      });
      const outcomes = rows.map((row) => (actions[row] === right(row) ? 1 : -1));
      loss = training.step({ inputs, actions, chances, outcomes, size });
    }
    const isRight = Array.from({ length: size }, (_, row) => policy.best(inputOf(row)) === right(row));
    expect(isRight.filter(Boolean).length).toBeGreaterThan(0.95 * size);
    expect(loss).toBeLessThan(0.5);
  });

  it("counts what was unlikely then, and is not so now, no more than once", () => {
    const policy = Policy.random(randomOf(2));
    policy.evaluate(inputOf(0));
    const [likely, { value }] = [policy.chances.slice(), policy];
    new Training(policy).step({
      inputs: Float32Array.of(...inputOf(0), ...inputOf(0)),
      actions: [0, 1],
      chances: [1e-3, likely[1]!],
      outcomes: [value + 1, value + 2],
      size: 2,
    });
    policy.evaluate(inputOf(0));
    // The first, counted hundreds of times, would have taken from the second.
    expect(policy.chances[1]).toBeGreaterThan(likely[1]!);
  });
});
