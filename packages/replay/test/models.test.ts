import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fifo, lifo, newest } from "../src/index.js";
import { Descent } from "../src/tree/descent.js";
import { findInSum } from "../src/tree/find-in-sum.js";
import { Tree } from "../src/tree/tree.js";
import { numbered } from "./support.js";

noLeftovers();

describe("a ring", () => {
  it("is a list of its last rows, whatever is written, sampled, held and released", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("write"), n: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constant("sample"), n: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ kind: fc.constant("acquire"), n: fc.integer({ min: 1, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 60 }), (capacity, steps) => {
        using oldest = numbered({ capacity, sampler: fifo() });
        using last = numbered({ capacity, sampler: newest() });
        const reader = oldest.reader();
        let model: number[] = [];
        let next = 0;
        let seen = 0;
        for (const { kind, n } of steps) {
          if (n > capacity) continue;
          if (kind === "write") {
            const value = Array.from({ length: n }, () => next++);
            expect([oldest, last].map((replay) => replay.writeBatch({ value }))).toEqual([true, true]);
            model = [...model, ...value].slice(-capacity);
          } else if (kind === "sample") {
            const expected = model.length < n ? undefined : model;
            expect(oldest.sample(n)?.columns.value).toEqual(
              expected && Float64Array.from(expected.slice(0, n)),
            );
            expect(last.sample(n)?.columns.value).toEqual(expected && Float64Array.from(expected.slice(-n)));
          } else {
            const left = model.filter((value) => value >= seen);
            const area = reader.acquire(n);
            expect(area?.columns.value).toEqual(
              left.length < n ? undefined : Float64Array.from(left.slice(0, n)),
            );
            if (area !== undefined) seen = left[n - 1]! + 1;
            area?.release();
          }
          expect(oldest.size).toBe(model.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("of rows that go once they were sampled is a queue or a stack", () => {
    const steps = fc.array(fc.record({ write: fc.boolean(), n: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.boolean(), steps, (isQueue, steps) => {
        const capacity = 8;
        using replay = numbered({
          capacity,
          sampler: isQueue ? fifo() : lifo(),
          remover: lifo(),
          maxTimesSampled: 1,
        });
        const model: number[] = [];
        let next = 0;
        for (const { write, n } of steps) {
          if (write) {
            if (model.length + n > capacity) continue;
            const value = Array.from({ length: n }, () => next++);
            model.push(...value);
            expect(replay.writeBatch({ value })).toBe(true);
          } else {
            const taken =
              model.length < n ? undefined : isQueue ? model.splice(0, n) : model.splice(-n).reverse();
            expect(replay.sample(n)?.columns.value).toEqual(taken && Float64Array.from(taken));
          }
          expect(replay.size).toBe(model.length);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a tree", () => {
  const changes = fc.array(
    fc.record({
      slots: fc.uniqueArray(fc.nat(36), { minLength: 1, maxLength: 8 }),
      value: fc.nat(100),
      remove: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const treeOf = (combination: "sum" | "min" | "max") => {
    const tree = new Tree(new ArrayBuffer(Tree.byteLength(37)), 0, 37, combination);
    tree.clear();
    return tree;
  };

  it("has the sum, the least and the greatest of what it was given, and finds rows by them", () => {
    fc.assert(
      fc.property(changes, (changes) => {
        const sum = treeOf("sum");
        const min = treeOf("min");
        const max = treeOf("max");
        const model = new Map<number, number>();
        for (const { slots, value, remove } of changes) {
          const array = Int32Array.from(slots);
          for (const tree of [sum, min, max]) {
            if (remove) tree.remove(array, slots.length);
            else tree.set(array, new Float64Array(slots.length).fill(value), slots.length);
          }
          for (const slot of slots) {
            if (remove) model.delete(slot);
            else model.set(slot, value);
          }
        }
        const values = [...model.values()].sort((a, b) => a - b);
        expect(sum.root).toBe(values.reduce((a, b) => a + b, 0));
        expect(min.root).toBe(values[0] ?? Infinity);
        expect(max.root).toBe(values.at(-1) ?? -Infinity);
        const inOrder = (tree: Tree, combination: "min" | "max") => {
          const descent = new Descent(tree, combination);
          descent.begin();
          return Array.from(model, () => tree.leaf(descent.next())).concat(descent.next());
        };
        expect(inOrder(min, "min")).toEqual([...values, -1]);
        expect(inOrder(max, "max")).toEqual([...values.reverse(), -1]);
        let end = 0;
        for (const [slot, value] of [...model].sort(([a], [b]) => a - b)) {
          if (value === 0) continue;
          expect(findInSum(sum, end)).toBe(slot);
          end += value;
          expect(findInSum(sum, end - 0.5)).toBe(slot);
        }
      }),
    );
  });

  it("is put right where somebody was killed before it was", () => {
    const tree = treeOf("sum");
    for (let slot = 0; slot < 37; slot++) tree.nodes[tree.firstLeaf + slot] = slot;
    expect(tree.root).toBe(0);
    tree.mendAll();
    expect(tree.root).toBe((36 * 37) / 2);
  });
});
