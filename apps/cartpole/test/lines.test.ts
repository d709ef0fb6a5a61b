import { describe, expect, it } from "vitest";

import type { Plan } from "../src/plan.js";
import type { Status } from "../src/progress/status.js";
import { lineOf, linesOf, sparkline } from "../src/view/lines.js";

const status: Status = {
  seconds: 83.4,
  steps: 12_288,
  stepsPerSecond: 640.4,
  gradients: 5_632,
  episodes: 120,
  return: 142.25,
  loss: 0.04123,
  evaluation: { version: 40, steps: 11_000, gradients: 5_000, episodes: 20, mean: 201.5 },
  version: 45,
  lag: 0.5,
  fill: 0.2458,
  replaced: 1,
  news: [],
};
const plan = { algorithm: "dqn", seed: 1, actors: 2, steps: 50_000, goal: 475 } as Plan;

describe("a status", () => {
  it("is a line where there is no terminal", () => {
    expect(lineOf(status)).toBe(
      "83 s | steps 12288 | 640/s | return 142.3 | greedy 201.5 | loss 0.0412 | version 45 | lag 0.5 | buffer 25 %",
    );
  });

  it("is a line as well before anything is known", () => {
    const nothing = { ...status, return: undefined, loss: undefined, evaluation: undefined, fill: undefined };
    expect(lineOf(nothing)).toContain("| return - | greedy - | loss - | version 45 | lag 0.5");
  });

  it("is bars and curves on a terminal", () => {
    const text = linesOf(plan, status, [1, 2, 8], [3, 1]);
    expect(text).toContain("CartPole by dqn, seed 1");
    expect(text).toContain("██████░░░░░░░░░░░░░░░░░░ 12288 of 50000, 640/s, 1:23");
    expect(text).toContain("▁▂█  greedy 201.5 (goal 475)");
    expect(text).toContain("version 45, runners 0.5 behind");
    expect(text).toContain("2, 120 episodes; 1 actors made again");
  });
});

describe("a sparkline", () => {
  it("has all values between the least and the greatest of them, as means where there are many", () => {
    expect(sparkline([1, 2, 8])).toBe("▁▂█");
    expect(sparkline([100, 0, 0, 2, 50, 50, 51], 3)).toBe("█▁█");
    expect(sparkline([5, 5])).toBe("▁▁");
    expect(sparkline([])).toBe("");
  });
});
