import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { MethodLedger } from "../src/insight/method-ledger.js";
import { topMethods } from "../src/insight/method-info.js";
import { MethodStats } from "../src/insight/method-stats.js";

describe("the statistics of a method", () => {
  it("count each call, and reckon the time of short ones from some", () => {
    const stats = new MethodStats("A", "quick");
    let timed = 0;
    for (let call = 0; call < 6_101; call++) {
      if (stats.begin() === 0) continue;
      timed++;
      stats.end(0.01);
    }
    expect(stats.calls).toBe(6_101);
    expect(timed).toBe(101);
    expect(stats.time).toBeCloseTo(61.01);
  });

  it("time each call of a method that is not short", () => {
    const stats = new MethodStats("A", "slow");
    for (let call = 0; call < 100; call++) {
      expect(stats.begin()).toBeGreaterThan(0);
      stats.end(2);
    }
    expect(stats).toMatchObject({ calls: 100, time: 200, max: 2 });
  });

  it("take one long call among short ones for one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (before) => {
        const stats = new MethodStats("A", "mixed");
        for (let call = 0; call < before; call++) if (stats.begin() !== 0) stats.end(0.001);
        while (stats.begin() === 0);
        stats.end(5_000);
        expect(stats.max).toBe(5_000);
        expect(stats.time).toBeLessThan(5_000 + (before + 61) * 0.021);
      }),
    );
  });
});

it("methods beyond 10,000 are counted as one", () => {
  const ledger = new MethodLedger();
  for (let number = 0; number < 10_500; number++) ledger.of("A", `m${number}`).begin();
  const called = [...ledger.called()];
  expect(called).toHaveLength(10_001);
  expect(called.at(-1)).toMatchObject({ className: "*", method: "*", calls: 500 });
  expect(ledger.of("A", "m7")).toBe(ledger.of("A", "m7"));
});

it("what several processes say of a method is added up", () => {
  const rows = [
    ["A", "m", 3, 1, 30, 20],
    ["B", "m", 1, 0, 5, 5],
    ["A", "m", 1, 1, 50, 50],
  ] as const;
  expect(topMethods(rows, { by: "time", limit: 2 })).toEqual([
    { class: "A", method: "m", calls: 4, errors: 2, time: 80, mean: 20, max: 50 },
    { class: "B", method: "m", calls: 1, errors: 0, time: 5, mean: 5, max: 5 },
  ]);
});
