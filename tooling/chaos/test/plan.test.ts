import { expect, it } from "vitest";

import { kinds } from "../src/graph/kinds.js";
import { answersTo, planGraph } from "../src/graph/plan.js";
import { seen, seenOf, valueOf } from "../src/programs/digest.mjs";

it("a graph and its answers follow from the seed", () => {
  const [one, again, other] = [planGraph(1, 300), planGraph(1, 300), planGraph(2, 300)];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect(answersTo(again)).toEqual(answersTo(one));
});

it("a node takes values of nodes before it alone", () => {
  let values = 0;
  for (const { kind, args } of planGraph(3, 2_000)) {
    for (const at of args) expect(at >= 0 && at < values).toBe(true);
    values += kinds[kind].gives;
  }
  expect(values).toBeGreaterThan(2_000);
});

it("one wrong number in a large value is seen", () => {
  const value = valueOf(7, 20_000);
  expect(seen(value)).toBe(seenOf(7, 20_000));
  value.data![19_999]! ^= 1;
  expect(seen(value)).not.toBe(seenOf(7, 20_000));
});
