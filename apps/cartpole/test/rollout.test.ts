import { describe, expect, it } from "vitest";

import { environmentsOf, joined, type Rollout, stepsOfRound } from "../src/playing/rollout.js";

describe("the environments of runners", () => {
  it.each([1, 2, 3, 5, 8])("are eight over %i runners, as evenly as can be", (runners) => {
    const each = Array.from({ length: runners }, (_, runner) => environmentsOf(runner, runners));
    expect(each.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
  });

  it("are one each for more runners", () => {
    expect(Array.from({ length: 12 }, (_, runner) => environmentsOf(runner, 12))).toEqual(Array(12).fill(1));
  });

  it.each([
    [1, 256],
    [3, 256],
    [12, 384],
  ])("of %i come to %i steps in a round", (runners, steps) => {
    expect(stepsOfRound(runners)).toBe(steps);
  });
});

describe("rollouts of several runners", () => {
  it("are joined row after row, their episodes too", () => {
    const rollout = (from: number): Rollout => ({
      obs: Float32Array.of(from, from + 1),
      action: Int32Array.of(from),
      logProbability: Float32Array.of(-from),
      advantage: Float32Array.of(2 * from),
      target: Float32Array.of(3 * from),
      episodes: [{ return: from, length: from, version: 1 }],
    });
    expect(joined([rollout(1), rollout(5)])).toEqual({
      obs: Float32Array.of(1, 2, 5, 6),
      action: Int32Array.of(1, 5),
      logProbability: Float32Array.of(-1, -5),
      advantage: Float32Array.of(2, 10),
      target: Float32Array.of(3, 15),
      episodes: [1, 5].map((from) => ({ return: from, length: from, version: 1 })),
    });
  });
});
