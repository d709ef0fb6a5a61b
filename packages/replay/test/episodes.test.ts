import { closing, noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fifo, field, nStep, queue, ReplayBuffer, sequences } from "../src/index.js";

noLeftovers();
const keep = closing();

const transition = {
  obs: field("float64"),
  reward: field("float64"),
  nextObs: field("float64", [2]),
  done: field("uint8"),
  discount: field("float64"),
};

describe("nStep", () => {
  it("writes what the formula says, within each episode", () => {
    const episodes = fc.array(fc.record({ length: fc.integer({ min: 1, max: 7 }), isCutOff: fc.boolean() }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(0, 0.5, 0.9, 1),
        episodes,
        (n, gamma, episodes) => {
          using replay = new ReplayBuffer({ capacity: 64, schema: transition, sampler: fifo() });
          const steps = nStep(replay.writer(), { n, gamma, discount: "discount" });
          const nextObs = new Float64Array(2); // used again for each step, as environments do
          const expected: number[][] = [];
          let time = 0;
          for (const { length, isCutOff } of episodes) {
            const rewards = Array.from({ length }, (_, i) => time + i + 1);
            for (let i = 0; i < length; i++) {
              nextObs.fill(time + i + 1);
              const done = i === length - 1 && !isCutOff ? 1 : 0;
              expect(steps.write({ obs: time + i, reward: rewards[i]!, nextObs, done })).toBe(true);
              const last = Math.min(length, i + n) - 1;
              const sum = rewards.slice(i, last + 1).reduce((sum, reward, k) => sum + gamma ** k * reward, 0);
              const isLast = last === length - 1 && !isCutOff;
              expected.push([time + i, sum, time + last + 1, isLast ? 1 : 0, gamma ** (last - i + 1)]);
            }
            if (isCutOff) expect(steps.end()).toBe(true);
            time += length;
          }
          expect(replay.size).toBe(expected.length);
          const { columns } = replay.sample(expected.length)!;
          const written = expected.map((_, i) => [
            columns.obs[i],
            columns.reward[i],
            columns.nextObs[2 * i],
            columns.done[i],
            columns.discount[i],
          ]);
          for (const [i, row] of expected.entries())
            for (const [j, value] of row.entries()) expect(written[i]![j]).toBeCloseTo(value, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("loses nothing when the buffer has no room for a while", () => {
    const replay = keep(
      new ReplayBuffer({
        capacity: 2,
        schema: transition,
        sampler: fifo(),
        maxTimesSampled: 1,
        rateLimiter: queue(2),
      }),
    );
    const steps = nStep(replay.writer(), { n: 2, gamma: 1, discount: "discount" });
    const got: number[] = [];
    for (let obs = 0; obs < 12;) {
      if (steps.write({ obs, reward: 1, nextObs: [0, 0], done: obs % 4 === 3 ? 1 : 0 })) obs++;
      else got.push(replay.sample(1)!.columns.obs[0]!);
    }
    while (!steps.end() || replay.size > 0) got.push(replay.sample(1)!.columns.obs[0]!);
    expect(got).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("refuses what it cannot put together", () => {
    const writer = keep(new ReplayBuffer({ capacity: 2, schema: transition })).writer();
    const wrong = (message: string) =>
      expect.objectContaining({ code: "ERR_CONFIG", message: expect.stringContaining(message) });
    expect(() => nStep(writer, { n: 0, gamma: 1 })).toThrow(wrong("n is"));
    expect(() => nStep(writer, { n: 1, gamma: 2 })).toThrow(wrong("gamma"));
    expect(() => nStep(writer, { n: 1, gamma: 1, reward: "rewards" as never })).toThrow(
      wrong("no column rewards"),
    );
    const steps = nStep(writer, { n: 1, gamma: 1, discount: "discount" });
    expect(() => steps.write({ obs: 1, reward: 1, done: 0 })).toThrow(
      expect.objectContaining({ code: "ERR_SCHEMA" }),
    );
  });
});

describe("sequences", () => {
  const schema = { obs: field("int32", [4, 2]), done: field("uint8", [4]), mask: field("uint8", [4]) };
  const rows = (overlap: number, pad: boolean, lengths: readonly (number | "cut")[]) => {
    const replay = keep(new ReplayBuffer({ capacity: 64, schema, sampler: fifo() }));
    const steps = sequences(replay.writer(), { length: 4, overlap, pad, mask: "mask" });
    let step = 0;
    for (const length of lengths) {
      if (length === "cut") expect(steps.end()).toBe(true);
      else
        for (let i = 1; i <= length; i++)
          expect(
            steps.write({ obs: [++step, -step], done: i === length && lengths.at(-1) !== "cut" ? 1 : 0 }),
          ).toBe(true);
    }
    const count = replay.size;
    const columns = count === 0 ? undefined : replay.sample(count)!.columns;
    return Array.from({ length: count }, (_, i) => ({
      obs: Array.from({ length: 4 }, (_, j) => columns!.obs[8 * i + 2 * j]),
      mask: [...columns!.mask.subarray(4 * i, 4 * i + 4)],
    }));
  };

  it("are runs of steps of one episode each", () => {
    expect(rows(0, false, [9, 5]).map(({ obs }) => obs)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [10, 11, 12, 13],
    ]);
  });

  it("have steps in common, as many as they are told to", () => {
    expect(rows(2, false, [9]).map(({ obs }) => obs)).toEqual([
      [1, 2, 3, 4],
      [3, 4, 5, 6],
      [5, 6, 7, 8],
    ]);
  });

  it("are filled at the end of an episode, which the mask says", () => {
    const one = [1, 1, 1, 1];
    expect(rows(1, true, [6, 4])).toEqual([
      { obs: [1, 2, 3, 4], mask: one },
      { obs: [4, 5, 6, 0], mask: [1, 1, 1, 0] },
      { obs: [7, 8, 9, 10], mask: one },
    ]);
    expect(rows(0, true, [2, "cut"])).toEqual([{ obs: [1, 2, 0, 0], mask: [1, 1, 0, 0] }]);
  });

  it("refuse what does not go together", () => {
    const writer = keep(new ReplayBuffer({ capacity: 2, schema })).writer();
    const wrong = (message: string) =>
      expect.objectContaining({ code: "ERR_CONFIG", message: expect.stringContaining(message) });
    expect(() => sequences(writer, { length: 5 })).toThrow(
      wrong("the first size of the column obs is to be 5"),
    );
    expect(() => sequences(writer, { length: 4, overlap: 4 })).toThrow(wrong("overlap"));
    const steps = sequences(writer, { length: 4, mask: "mask" });
    expect(() => steps.write({ obs: [1], done: 0 })).toThrow(expect.objectContaining({ code: "ERR_SCHEMA" }));
  });
});
