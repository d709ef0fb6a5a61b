import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { advantagesOf, type Trace } from "../src/algorithms/advantages.js";

const number = fc.float({ min: -3, max: 3, noNaN: true });
const step = fc.record({ reward: number, value: number, rest: number, ended: fc.boolean() });

describe("advantages", () => {
  it("are the discounted sums of what each later step was better than expected, up to the episode's end", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), number, (steps, next) => {
        const [discount, decay] = [0.9, 0.7];
        const { advantage, target } = advantagesOf(traceOf(steps, next), discount, decay);
        const errors = steps.map(({ reward, value, rest, ended }, at) => {
          const after = ended ? rest : (steps[at + 1]?.value ?? next);
          return reward + discount * after - value;
        });
        steps.forEach(({ value }, at) => {
          let expected = 0;
          for (let later = at; later < steps.length; later++) {
            expected += (discount * decay) ** (later - at) * errors[later]!;
            if (steps[later]!.ended) break;
          }
          expect(advantage[at]).toBeCloseTo(expected, 3);
          expect(target[at]).toBeCloseTo(expected + value, 3);
        });
      }),
    );
  });

  it("with λ = 1 make each target the return: rewards to the end, and what is thought to come after it", () => {
    const steps = [
      { reward: 1, value: 9, rest: 0, ended: false },
      { reward: 1, value: 9, rest: 5, ended: true },
      { reward: 1, value: 9, rest: 0, ended: true },
    ];
    const { target } = advantagesOf(traceOf(steps, 100), 0.5, 1);
    expect([...target]).toEqual([1 + 0.5 * (1 + 0.5 * 5), 1 + 0.5 * 5, 1]);
  });
});

function traceOf(
  steps: readonly { reward: number; value: number; rest: number; ended: boolean }[],
  next: number,
): Trace {
  return {
    reward: Float32Array.from(steps, ({ reward }) => reward),
    value: Float32Array.from(steps, ({ value }) => value),
    rest: Float32Array.from(steps, ({ rest }) => rest),
    ended: Uint8Array.from(steps, ({ ended }) => Number(ended)),
    next,
  };
}
