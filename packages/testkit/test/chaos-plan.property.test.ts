import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type ChaosPlanOptions, chaosPlan, type ChaosStep, victimOf } from "../src/index.js";

const span = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 10_000 }))
  .map(([least, more]) => [least, least + more] as const);
const weight = fc.double({ min: 0.01, max: 100, noNaN: true });
const options: fc.Arbitrary<ChaosPlanOptions> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  every: fc.double({ min: 1, max: 60_000, noNaN: true }),
  actions: fc.record(
    { kill: weight, freeze: weight, cut: weight, reset: weight },
    { requiredKeys: ["kill"] },
  ),
  freezeFor: span,
  cutFor: span,
});
const names = fc.uniqueArray(fc.string(), { maxLength: 8 }).map((all) => all.map((name) => ({ name })));

function steps(plan: ChaosPlanOptions, count: number): ChaosStep[] {
  const sequence = chaosPlan(plan);
  return Array.from({ length: count }, () => sequence.next().value);
}

describe("a plan of chaos", () => {
  it("is the same for the same seed", () => {
    fc.assert(
      fc.property(options, (plan) => {
        expect(steps(plan, 50)).toEqual(steps({ ...plan }, 50));
      }),
    );
  });

  it("is another for another seed", () => {
    fc.assert(
      fc.property(options, (plan) => {
        expect(steps({ ...plan, seed: plan.seed + 1 }, 50)).not.toEqual(steps(plan, 50));
      }),
    );
  });

  it("keeps to its pauses and spans, and undoes no kill", () => {
    fc.assert(
      fc.property(options, (plan) => {
        const spans = {
          kill: [0, 0],
          freeze: plan.freezeFor!,
          cut: plan.cutFor!,
          reset: plan.cutFor!,
        } as const;
        for (const { pause, action, draw, lasts } of steps(plan, 100)) {
          expect(pause).toBeGreaterThanOrEqual(plan.every / 2);
          expect(pause).toBeLessThanOrEqual(plan.every * 1.5);
          expect(draw).toBeGreaterThanOrEqual(0);
          expect(draw).toBeLessThan(1);
          expect(lasts).toBeGreaterThanOrEqual(spans[action][0]);
          expect(lasts).toBeLessThanOrEqual(spans[action][1]);
        }
      }),
    );
  });

  it("pauses as long on average as it was told", () => {
    fc.assert(
      fc.property(options, (plan) => {
        const pauses = steps(plan, 2_000).map(({ pause }) => pause);
        const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
        // The mean of 2,000 lies within 1 % of `every` for one standard deviation; five are out of reach.
        expect(Math.abs(mean / plan.every - 1)).toBeLessThan(0.04);
      }),
    );
  });

  it("does each thing as often as its weight says, and what has none never", () => {
    const count = 2_000;
    fc.assert(
      fc.property(options, (plan) => {
        const done = steps(plan, count).map(({ action }) => action);
        const total = Object.values(plan.actions).reduce((sum, each) => sum + each, 0);
        for (const action of ["kill", "freeze", "cut", "reset"] as const) {
          const share = (plan.actions[action] ?? 0) / total;
          const times = done.filter((each) => each === action).length;
          const deviation = Math.sqrt(count * share * (1 - share));
          // Of what is rare a few come in a row by chance, however small the deviation.
          expect(Math.abs(times - count * share)).toBeLessThanOrEqual(6 * deviation + 8);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["seed", { seed: 1.5 }],
    ["every", { every: 0 }],
    ["every", { every: Infinity }],
    ["actions", { actions: {} }],
    ["actions", { actions: { kill: 0 } }],
    ["actions", { actions: { stab: 1 } }],
    ["actions.kill", { actions: { kill: -1 } }],
    ["freezeFor", { freezeFor: [2, 1] }],
    ["cutFor", { cutFor: [-1, 1] }],
  ])("refuses a wrong %s: %j", (option, wrong) => {
    const plan = { seed: 1, every: 100, actions: { kill: 1 }, ...wrong } as ChaosPlanOptions;
    expect(() => chaosPlan(plan)).toThrow(
      expect.objectContaining({ code: "ERR_CONFIG", message: expect.stringMatching(`^${option} of chaos`) }),
    );
  });
});

describe("the victim of a step", () => {
  it("does not depend on the order in which they are listed", () => {
    fc.assert(
      fc.property(names, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (all, draw) => {
        const chosen = victimOf({ draw }, all);
        expect(victimOf({ draw }, [...all].reverse())).toBe(chosen);
        if (all.length > 0) expect(all).toContain(chosen);
        else expect(chosen).toBeUndefined();
      }),
    );
  });

  it("may be any of them", () => {
    fc.assert(
      fc.property(names, (all) => {
        const chosen = all.map((_, place) => victimOf({ draw: (place + 0.5) / all.length }, all));
        expect(new Set(chosen)).toEqual(new Set(all));
      }),
    );
  });
});
