import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { CartPole } from "../src/environment/cart-pole.js";

interface Trajectory {
  readonly policy: string;
  readonly start: [number, number, number, number];
  readonly actions: string;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly states: readonly [step: number, ...state: number[]][];
}

const { trajectories } = JSON.parse(
  readFileSync(new URL("fixtures/gymnasium-cartpole.json", import.meta.url), "utf8"),
) as { trajectories: Trajectory[] };

describe("CartPole", () => {
  it.each(trajectories)(
    "goes step by step as gymnasium's did: $policy, $actions",
    ({ start, actions, states, terminated, truncated }) => {
      const environment = new CartPole(Math.random);
      environment.begin(start);
      const recorded = new Map(states.map(([step, ...state]) => [step, state]));
      const ends = Array.from(actions).map((action, index) => {
        const { reward, ...end } = environment.step(Number(action));
        expect(reward).toBe(1);
        const expected = recorded.get(index + 1);
        expected?.forEach((value, at) => expect(environment.state[at]).toBeCloseTo(value, 9));
        if (expected) expect(environment.observation).toEqual(Float32Array.from(environment.state));
        return end;
      });
      expect(ends.slice(0, -1)).toEqual(
        Array.from({ length: actions.length - 1 }, () => ({ terminated: false, truncated: false })),
      );
      expect(ends.at(-1)).toEqual({ terminated, truncated });
    },
  );

  it("begins each episode near the middle, at rest or nearly, where its random numbers say", () => {
    const environment = new CartPole(() => 0.75);
    environment.step(1);
    environment.reset();
    expect(environment.state).toEqual([0.025, 0.025, 0.025, 0.025].map((near) => expect.closeTo(near, 12)));
  });
});
