import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { fifo, minSize, queue, ReplayBuffer, sampleToInsertRatio, uniform } from "../src/index.js";
import { numbered, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

describe("minSize()", () => {
  it("keeps sampling from beginning before there are so many rows", () => {
    const replay = keep(numbered({ capacity: 8, rateLimiter: minSize(3) }));
    writeNumbers(replay, 0, 2);
    expect(replay.sample(1)).toBeUndefined();
    writeNumbers(replay, 2, 3);
    expect(replay.sample(1)).toBeDefined();
  });
});

describe("sampleToInsertRatio()", () => {
  /** What Reverb's limiter of the same numbers says, told of each insert and sample. */
  function reverb(ratio: number, least: number, [minDiff, maxDiff]: [number, number]) {
    let inserts = 0;
    let samples = 0;
    return {
      insert: (n: number) => {
        const may = inserts + n <= least || (inserts + n) * ratio - samples <= maxDiff;
        if (may) inserts += n;
        return may;
      },
      sample: (n: number) => {
        const may = inserts >= least && inserts * ratio - samples - n >= minDiff;
        if (may) samples += n;
        return may;
      },
    };
  }

  it.each([
    [2, 5, 4],
    [0.5, 10, 3],
    [1, 1, 1],
    [4, 3, [8, 20] as const],
  ] as const)(
    "lets as much be written and sampled as Reverb's does: ratio %d, minSize %d, error %o",
    (ratio, least, error) => {
      const replay = keep(
        numbered({
          capacity: 10_000,
          sampler: uniform(),
          rateLimiter: sampleToInsertRatio({ ratio, minSize: least, error }),
        }),
      );
      const bounds: [number, number] =
        typeof error === "number" ? [ratio * least - error, ratio * least + error] : [...error];
      const model = reverb(ratio, least, bounds);
      let random = 1;
      for (let i = 0; i < 2000; i++) {
        random = (random * 48271) % 2147483647;
        const n = 1 + (random % 3);
        if (random % 2 === 0) {
          expect(replay.writeBatch({ value: Array<number>(n).fill(i) })).toBe(model.insert(n));
        } else {
          expect(replay.sample(n) !== undefined).toBe(model.sample(n));
        }
      }
      expect(replay.stats().sampled).toBeGreaterThan(0);
    },
  );

  it("lets writers and readers wait for each other", async () => {
    const replay = keep(
      numbered({ capacity: 100, rateLimiter: sampleToInsertRatio({ ratio: 1, minSize: 1, error: 1 }) }),
    );
    const writer = replay.writer();
    const reader = replay.reader();
    const written = (async () => {
      for (let value = 0; value < 50; value++) await writer.insert({ value });
    })();
    for (let i = 0; i < 49; i++) await reader.next(1);
    await written;
    const { inserted, sampled, waited } = replay.stats();
    expect([inserted, sampled]).toEqual([50, 49]);
    expect(waited).toBeGreaterThan(0);
  });
});

describe("queue()", () => {
  const queued = (capacity: number, size = capacity) =>
    keep(numbered({ capacity, sampler: fifo(), maxTimesSampled: 1, rateLimiter: queue(size) }));

  it("gives each row once, in order, and holds no more than it may", () => {
    const replay = queued(8, 5);
    for (let round = 0; round < 10; round++) {
      writeNumbers(replay, 5 * round, 5 * round + 5);
      expect(replay.write({ value: -1 })).toBe(false);
      expect(replay.sample(6)).toBeUndefined();
      expect([...replay.sample(2)!.columns.value]).toEqual([5 * round, 5 * round + 1]);
      expect([...replay.sample(3)!.columns.value]).toEqual([5 * round + 2, 5 * round + 3, 5 * round + 4]);
      expect(replay.size).toBe(0);
      expect(replay.sample(1)).toBeUndefined();
    }
    expect(replay.stats()).toMatchObject({ inserted: 50, sampled: 50, removed: 50 });
  });

  it("gives none to two readers", () => {
    const replay = queued(64);
    const other = keep(ReplayBuffer.open<typeof replay.schema>(replay.name));
    writeNumbers(replay, 0, 60);
    const got: number[] = [];
    for (let i = 0; i < 10; i++)
      got.push(...replay.sample(3)!.columns.value, ...other.sample(3)!.columns.value);
    expect(got).toEqual(Array.from({ length: 60 }, (_, value) => value));
  });
});

describe("maxTimesSampled", () => {
  it("removes a row when it was sampled so often, and never gives it more often", () => {
    const replay = keep(numbered({ capacity: 16, sampler: uniform(), maxTimesSampled: 3 }));
    writeNumbers(replay, 0, 10);
    const counts = Array<number>(10).fill(0);
    for (let i = 0; i < 15; i++) for (const value of replay.sample(2)!.columns.value) counts[value]!++;
    expect(counts).toEqual(Array(10).fill(3));
    expect(replay.size).toBe(0);
    expect(replay.sample(1)).toBeUndefined();
    writeNumbers(replay, 0, 40);
    expect(replay.size).toBe(16);
  });

  it("counts nothing for a batch that could not be had", () => {
    const replay = keep(numbered({ capacity: 8, sampler: fifo(), maxTimesSampled: 1 }));
    writeNumbers(replay, 0, 3);
    expect(replay.sample(4)).toBeUndefined();
    expect([...replay.sample(3)!.columns.value]).toEqual([0, 1, 2]);
  });
});
