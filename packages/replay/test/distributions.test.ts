import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import {
  fifo,
  lifo,
  maxHeap,
  minHeap,
  newest,
  prioritized,
  type ReplayBuffer,
  uniform,
} from "../src/index.js";
import { isLikely, numbered, type numbers, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

type Numbered = ReplayBuffer<typeof numbers>;

/** How often each of the values from `first` on was in the batches. */
function drawn(replay: Numbered, { first = 0, values, batches, size }: Record<string, number>): number[] {
  const counts = Array<number>(values!).fill(0);
  for (let i = 0; i < batches!; i++)
    for (const value of replay.sample(size!)!.columns.value) counts[value - first]!++;
  return counts;
}

describe("uniform()", () => {
  it("gives each row with the same probability, in a ring that is full", () => {
    const replay = keep(numbered({ capacity: 50 }));
    writeNumbers(replay, 0, 120);
    const counts = drawn(replay, { first: 70, values: 50, batches: 2000, size: 10 });
    expect(isLikely(counts, Array(50).fill(400))).toBe(true);
  });

  it("finds the last rows of a large buffer that is nearly empty", () => {
    const replay = keep(numbered({ capacity: 4000, sampler: uniform(), maxTimesSampled: 1 }));
    replay.writeBatch({ value: Array.from({ length: 4000 }, (_, value) => value) });
    const counts = drawn(replay, { values: 4000, batches: 800, size: 5 });
    expect(counts).toEqual(Array(4000).fill(1));
    expect(replay.sample(1)).toBeUndefined();
  });
});

describe("prioritized()", () => {
  it("gives rows in proportion to priority^alpha, and none of priority 0", () => {
    const alpha = 0.7;
    const replay = keep(numbered({ capacity: 16, sampler: prioritized({ alpha }) }));
    const priorities = [1, 2, 3, 4, 0, 10, 0.5, 7, 0, 1, 30];
    for (const [value, priority] of priorities.entries()) replay.write({ value }, { priority });
    const weights = priorities.map((priority) => priority ** alpha);
    const sum = weights.reduce((a, b) => a + b);
    const counts = drawn(replay, { values: 11, batches: 4000, size: 5 });
    expect(
      isLikely(
        counts,
        weights.map((weight) => (20_000 * weight) / sum),
      ),
    ).toBe(true);
  });

  it("follows priorities as they are updated, for a batch at once", () => {
    const replay = keep(numbered({ capacity: 8, sampler: prioritized({ alpha: 1 }) }));
    writeNumbers(replay, 0, 13); // rows 5 to 12, all of the same priority
    const { indices, columns } = replay.sample(8)!;
    // Stratified, with all alike: each row is there about once; what is not keeps 1.
    expect(replay.updatePriorities(indices, Float64Array.from(columns.value))).toBe(8);
    const priorities = Array.from({ length: 8 }, (_, i) => (columns.value.includes(i + 5) ? i + 5 : 1));
    const sum = priorities.reduce((a, b) => a + b);
    const counts = drawn(replay, { first: 5, values: 8, batches: 5000, size: 4 });
    expect(
      isLikely(
        counts,
        priorities.map((priority) => (20_000 * priority) / sum),
      ),
    ).toBe(true);
  });

  it("draws each row of a batch from its own part of the sum", () => {
    const replay = keep(numbered({ capacity: 64, sampler: prioritized() }));
    writeNumbers(replay, 0, 64);
    for (let i = 0; i < 20; i++)
      expect([...replay.sample(64)!.columns.value]).toEqual(Array.from({ length: 64 }, (_, v) => v));
  });

  it("gives the importance weights (N·P)^-beta over the batch's greatest", () => {
    const replay = keep(numbered({ capacity: 8, sampler: prioritized({ alpha: 0.5, beta: 0.4 }) }));
    const priorities = [1, 4, 9, 16];
    for (const [value, priority] of priorities.entries()) replay.write({ value }, { priority });
    for (const beta of [undefined, 0, 1]) {
      const { columns, weights, size } = replay.sample(8, { beta })!;
      const probability = (value: number) => Math.sqrt(priorities[value]!) / 10;
      const exact = Array.from(columns.value, (value) => (4 * probability(value)) ** -(beta ?? 0.4));
      const greatest = Math.max(...exact);
      for (let i = 0; i < size; i++) expect(weights[i]).toBeCloseTo(exact[i]! / greatest, 6);
    }
  });

  it("gives a new row the greatest priority so far", () => {
    const replay = keep(numbered({ capacity: 4, sampler: prioritized({ alpha: 1 }) }));
    replay.write({ value: 0 }, { priority: 3 });
    replay.write({ value: 1 });
    expect(isLikely(drawn(replay, { values: 2, batches: 2000, size: 1 }), [1000, 1000])).toBe(true);
  });

  it("gives any row when all priorities are 0", () => {
    const replay = keep(numbered({ capacity: 4, sampler: prioritized() }));
    for (let value = 0; value < 4; value++) replay.write({ value }, { priority: 0 });
    expect(isLikely(drawn(replay, { values: 4, batches: 1000, size: 4 }), Array(4).fill(1000))).toBe(true);
  });

  it("leaves out updates of rows that were overwritten", () => {
    const replay = keep(numbered({ capacity: 2, sampler: prioritized({ alpha: 1 }) }));
    writeNumbers(replay, 0, 2);
    const { indices } = replay.sample(2)!;
    writeNumbers(replay, 2, 3); // over row 0
    expect(replay.updatePriorities(indices, [1000, 1000])).toBe(1);
    const counts = drawn(replay, { values: 3, batches: 2002, size: 1 });
    expect(isLikely(counts, [0, 2000, 2])).toBe(true);
  });
});

describe("samplers with an order", () => {
  const shuffled = [5, 3, 8, 1, 9, 2, 7];
  const first = (sampler: Parameters<typeof numbered>[0]["sampler"], remover = fifo() as never) => {
    const replay = keep(numbered({ capacity: 6, sampler, remover }));
    for (const value of shuffled) replay.write({ value }, { priority: value });
    return [...replay.sample(3)!.columns.value];
  };

  it("give the first or last that were written, or those of least or greatest priority", () => {
    expect(first(fifo())).toEqual([3, 8, 1]);
    expect(first(lifo())).toEqual([7, 2, 9]);
    expect(first(newest())).toEqual([9, 2, 7]);
    expect(first(minHeap())).toEqual([1, 2, 3]);
    expect(first(maxHeap())).toEqual([9, 8, 7]);
  });

  it("do so whichever row makes room for another", () => {
    expect(first(fifo(), lifo() as never)).toEqual([5, 3, 8]);
    expect(first(newest(), minHeap() as never)).toEqual([9, 2, 7]);
    expect(first(lifo(), maxHeap() as never)).toEqual([7, 2, 1]);
  });
});

describe("removers", () => {
  const left = (remover: Parameters<typeof numbered>[0]["remover"]) => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo(), remover }));
    for (const value of [5, 3, 8, 1, 9, 2]) replay.write({ value }, { priority: value });
    expect(replay.size).toBe(4);
    return [...replay.sample(4)!.columns.value];
  };

  it("take the oldest, the newest, or that of least or greatest priority", () => {
    expect(left(fifo())).toEqual([8, 1, 9, 2]);
    expect(left(lifo())).toEqual([5, 3, 8, 2]);
    expect(left(minHeap())).toEqual([5, 8, 9, 2]);
    expect(left(maxHeap())).toEqual([5, 3, 1, 2]);
  });

  it("take any row with the same probability", () => {
    const counts = Array<number>(6).fill(0);
    for (let i = 0; i < 600; i++) {
      const replay = numbered({ capacity: 5, sampler: fifo(), remover: uniform(), seed: i });
      writeNumbers(replay, 0, 6);
      const there = replay.sample(5)!.columns.value;
      for (let value = 0; value < 6; value++) if (!there.includes(value)) counts[value]!++;
      replay.close();
    }
    expect(isLikely(counts, [120, 120, 120, 120, 120, 0])).toBe(true);
  });

  it("take none of a batch for another of the same batch", () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo(), remover: lifo() }));
    writeNumbers(replay, 0, 4);
    expect(replay.writeBatch({ value: [4, 5, 6] })).toBe(true);
    expect([...replay.sample(4)!.columns.value]).toEqual([0, 4, 5, 6]);
  });
});
