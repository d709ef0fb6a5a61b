import { closing, noLeftovers } from "@troupe/testkit";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  arrayOf,
  describeStep,
  difference,
  doStep,
  expected,
  kinds,
  random,
  type Step,
  stepOf,
  types,
} from "./programs/plan.mjs";
import { groupOf } from "./support.js";

noLeftovers();
const keep = closing();

/** What each member got wrong. */
async function problems(groups: Awaited<ReturnType<typeof groupOf>>, step: Step): Promise<string[]> {
  const results = await Promise.all(groups.map((group) => doStep(group, step)));
  return results.flatMap((result, rank) => difference(result, expected(step, rank)) ?? []);
}

describe.each([1, 2, 3, 4, 5])("among %i members", (size) => {
  it.each(kinds)("%s gives what one process computes, bit for bit, for any type and length", async (kind) => {
    const groups = await groupOf(size);
    groups.forEach(keep);
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const next = random(seed);
        let step: Step;
        do step = stepOf(next, size, 2000);
        while (step.kind !== kind);
        expect(await problems(groups, step), describeStep(step)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

it("any operations follow each other without a wait between them", async () => {
  const groups = await groupOf(3);
  groups.forEach(keep);
  const next = random(5);
  const steps = Array.from({ length: 60 }, () => stepOf(next, 3, 1000));
  const results = await Promise.all(
    groups.map((group) => Promise.all(steps.map((step) => doStep(group, step)))),
  );
  for (const [rank, own] of results.entries())
    for (const [i, result] of own.entries())
      expect(difference(result, expected(steps[i]!, rank)), describeStep(steps[i]!)).toBeUndefined();
});

describe("arrays in shared memory", () => {
  it.each(types)("of %s are reduced in place, larger than all slots together", async (type) => {
    const groups = await groupOf(4);
    groups.forEach(keep);
    const next = random(11);
    const length = 10_007;
    const inputs = groups.map(() => arrayOf(type, length, next));
    for (const op of ["sum", "min"] as const) {
      const arrays = groups.map((group, rank) => {
        const array = group.alloc(type as "float32", length);
        array.set(inputs[rank] as Float32Array);
        return array;
      });
      await Promise.all(
        groups.map((group, rank) => group.allreduce(arrays[rank]!, { op, into: arrays[rank]! })),
      );
      const step: Step = {
        kind: "allreduce",
        type,
        root: 0,
        op,
        algorithm: "ring",
        unit: length,
        inputs,
        shared: 3,
        isMixed: false,
        place: "same",
      };
      for (const array of arrays) expect(difference(array, expected(step, 0))).toBeUndefined();
    }
  });

  it("may be a part of an array, and stay when the group is over", async () => {
    const groups = await groupOf(2);
    groups.forEach(keep);
    const arrays = groups.map((group, rank) => group.alloc("float64", 1000).fill(rank + 1));
    await Promise.all(
      groups.map((group, rank) => {
        const part = arrays[rank]!.subarray(100, 900);
        return group.allreduce(part, { into: part });
      }),
    );
    for (const group of groups) group.close();
    for (const [rank, array] of arrays.entries()) {
      expect(array.subarray(100, 900).every((value) => value === 3)).toBe(true);
      expect(array[99]).toBe(rank + 1);
      expect(array[900]).toBe(rank + 1);
    }
  });
});

it("a broadcast fills the arrays of the others, or gives them new ones", async () => {
  const groups = await groupOf(3);
  groups.forEach(keep);
  const [one, two, three] = [Float32Array.of(1, 2), new Float32Array(2), undefined];
  const results = await Promise.all([
    groups[0]!.broadcast(one),
    groups[1]!.broadcast(two),
    groups[2]!.broadcast<Float32Array>(three),
  ]);
  expect(results[0]).toBe(one);
  expect(results[1]).toBe(two);
  expect(results).toEqual([Float32Array.of(1, 2), Float32Array.of(1, 2), Float32Array.of(1, 2)]);
});

it("nobody leaves a barrier before all have come to it", async () => {
  const groups = await groupOf(4);
  groups.forEach(keep);
  const done: number[] = [];
  const first = groups.slice(0, 3).map((group) => group.barrier().then(() => done.push(group.rank)));
  // Messages go to and fro meanwhile, so the others have had their time.
  for (let i = 0; i < 50; i++) {
    await Promise.all([groups[3]!.send(Int8Array.of(i), { to: 0 }), groups[0]!.receive({ from: 3 })]);
  }
  expect(done).toEqual([]);
  await groups[3]!.barrier();
  await Promise.all(first);
  expect(done.sort()).toEqual([0, 1, 2]);
});
