import fc from "fast-check";
import { expect, it } from "vitest";

import { addTo, numbersOf } from "../src/programs/spans.mjs";

const numbers = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 });

it("spans hold what a set holds, and know what they have", () => {
  fc.assert(
    fc.property(numbers, (added) => {
      const spans: number[] = [];
      const set = new Set<number>();
      for (const number of added) {
        expect(addTo(spans, number)).toBe(!set.has(number));
        set.add(number);
      }
      expect([...numbersOf(spans)]).toEqual([...set].sort((a, b) => a - b));
    }),
  );
});

it("spans of numbers in a row are one, in whichever order they came", () => {
  const row = Array.from({ length: 30 }, (_, at) => at + 1);
  fc.assert(
    fc.property(fc.shuffledSubarray(row, { minLength: row.length }), (shuffled) => {
      const spans: number[] = [];
      for (const number of shuffled) addTo(spans, number);
      expect(spans).toEqual([1, 30]);
    }),
  );
});
