import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { fifo, field, newest, nStep, ReplayBuffer, sequences } from "../src/index.js";
import { Memory } from "../src/memory/memory.js";
import { numbered, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

const transition = {
  obs: field("float32", [4]),
  image: field("uint8", [3, 3]),
  action: field("int16"),
  reward: field("float64"),
  step: field("int64"),
};
const row = (n: number) => ({
  obs: [n, n + 1, n + 2, n + 3],
  image: new Uint8Array(9).fill(n),
  action: -n,
  reward: n / 3,
  step: BigInt(n) * 10_000_000_000n,
});

describe("a replay buffer", () => {
  it("gives each column of a row as it was written", () => {
    const replay = keep(ReplayBuffer.create({ capacity: 8, schema: transition, sampler: fifo() }));
    for (let n = 1; n <= 3; n++) expect(replay.write(row(n))).toBe(true);
    const { columns, size, weights } = replay.sample(3)!;
    expect(size).toBe(3);
    expect([...columns.obs]).toEqual([1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6]);
    expect(columns.image).toEqual(
      Uint8Array.from([...Array(9).fill(1), ...Array(9).fill(2), ...Array(9).fill(3)]),
    );
    expect([...columns.action]).toEqual([-1, -2, -3]);
    expect([...columns.reward]).toEqual([1 / 3, 2 / 3, 1]);
    expect([...columns.step]).toEqual([10_000_000_000n, 20_000_000_000n, 30_000_000_000n]);
    expect([...weights]).toEqual([1, 1, 1]);
  });

  it("takes true and false for 1 and 0 of a uint8, by row, by column and by step", () => {
    const schema = { done: field("uint8"), flags: field("uint8", [2]), reward: field("float32") };
    const replay = keep(new ReplayBuffer({ capacity: 8, schema, sampler: fifo() }));
    const writer = replay.writer();
    expect(writer.write({ done: true, flags: [false, true], reward: 1 })).toBe(true);
    expect(writer.writeBatch({ done: [false, true], flags: [true, false, false, 1], reward: [2, 3] })).toBe(
      true,
    );
    const steps = nStep(writer, { n: 2, gamma: 1 });
    expect(steps.write({ done: false, flags: [true, true], reward: 4 })).toBe(true);
    expect(steps.write({ done: true, flags: [false, false], reward: 5 })).toBe(true);
    const { columns } = replay.sample(5)!;
    expect([...columns.done]).toEqual([1, 0, 1, 1, 1]);
    expect([...columns.flags]).toEqual([0, 1, 1, 0, 0, 1, 1, 1, 0, 0]);
    expect([...columns.reward]).toEqual([1, 2, 3, 9, 5]);
  });

  it("is one of any columns, whatever its own are", () => {
    const schema = { done: field("uint8"), step: field("int64"), image: field("uint8", [2]) };
    const replay: ReplayBuffer = keep(new ReplayBuffer({ capacity: 8, schema }));
    expect(replay.write({ done: true, step: 1n, image: [0, 1] })).toBe(true);
  });

  it("ends no sequence by a column of false, and one by true", () => {
    const schema = { value: field("float32", [2]), done: field("uint8", [2, 2]) };
    const replay = keep(new ReplayBuffer({ capacity: 4, schema, sampler: fifo() }));
    const steps = sequences(replay.writer(), { length: 2 });
    steps.write({ value: 1, done: [false, true] }); // an episode of one step, which makes no row
    for (const value of [2, 3]) steps.write({ value, done: [false, false] });
    expect(replay.size).toBe(1);
    const { columns } = replay.sample(1)!;
    expect([...columns.value]).toEqual([2, 3]);
    expect([...columns.done]).toEqual([0, 0, 0, 0]);
  });

  it("keeps the last rows when it is full, across the seam of the ring", () => {
    const replay = keep(numbered({ capacity: 5, sampler: fifo() }));
    writeNumbers(replay, 0, 4);
    expect(replay.writeBatch({ value: [4, 5, 6] })).toBe(true);
    expect(replay.size).toBe(5);
    expect([...replay.sample(5)!.columns.value]).toEqual([2, 3, 4, 5, 6]);
    expect(replay.writeBatch({ value: Float64Array.of(7, 8, 9, 10, 11) })).toBe(true);
    expect([...replay.sample(5)!.columns.value]).toEqual([7, 8, 9, 10, 11]);
  });

  it("takes the rows of a writer that is behind where the others left off, and none of theirs goes", () => {
    const replay = keep(numbered({ capacity: 6, sampler: fifo() }));
    const memory = Memory.open(replay.name);
    writeNumbers(replay, 0, 8);
    const head = Atomics.load(memory.control.head, 0);
    // As for a thread that has looked where the head is, and sleeps while the others write three rows.
    writeNumbers(replay, 8, 11);
    Atomics.store(memory.control.head, 0, head);
    expect(replay.writeBatch({ value: Float64Array.of(11, 12) })).toBe(true);
    expect([...replay.sample(6)!.columns.value]).toEqual([7, 8, 9, 10, 11, 12]);
    memory.close();
  });

  it("is the same memory for all who open it", () => {
    const replay = keep(numbered({ capacity: 4, sampler: newest() }));
    const other = keep(ReplayBuffer.open<typeof replay.schema>(replay.name));
    writeNumbers(replay, 0, 2);
    other.write({ value: 2 });
    expect(replay.size).toBe(3);
    expect([...other.sample(2)!.columns.value]).toEqual([1, 2]);
    expect([...replay.sample(3)!.columns.value]).toEqual([0, 1, 2]);
  });

  it("fills the batch that it is given", () => {
    const replay = keep(numbered({ capacity: 4, sampler: newest() }));
    writeNumbers(replay, 0, 2);
    const into = replay.sample(2)!;
    writeNumbers(replay, 2, 4);
    expect(replay.sample(2, { into })).toBe(into);
    expect([...into.columns.value]).toEqual([2, 3]);
  });

  it("gives none when there are too few rows, and none before it has enough", () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo() }));
    expect(replay.sample(1)).toBeUndefined();
    writeNumbers(replay, 0, 2);
    expect(replay.sample(3)).toBeUndefined();
    expect(replay.sample(2)).toBeDefined();
  });

  it("waits for rows as it is told to", async () => {
    const replay = keep(numbered({ capacity: 4, sampler: fifo() }));
    expect(replay.reader({ wait: 5 }).sample(1)).toBeUndefined();
    const next = replay.reader().next(2);
    writeNumbers(replay, 0, 2);
    expect([...(await next).columns.value]).toEqual([0, 1]);
    await expect(replay.reader().next(3, { timeout: 5 })).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    const signal = AbortSignal.abort();
    await expect(replay.reader().next(3, { signal })).rejects.toMatchObject({ code: "ERR_CANCELLED" });
  });

  it("counts what is done with it, for each head", () => {
    const replay = keep(numbered({ capacity: 4 }));
    const writer = replay.writer();
    const reader = replay.reader();
    for (let value = 0; value < 6; value++) writer.write({ value });
    reader.sample(4);
    reader.sample(3);
    const { heads, ...stats } = replay.stats();
    expect(stats).toMatchObject({
      size: 4,
      capacity: 4,
      inserted: 6,
      sampled: 7,
      removed: 2,
      dropped: 0,
      skipped: 0,
    });
    expect(heads).toMatchObject([
      { head: writer.head, role: "writer", inserted: 6, removed: 2, held: 0 },
      { head: reader.head, role: "reader", sampled: 7 },
    ]);
  });

  it("gives heads back when they are closed, and has no more than it was made with", () => {
    const replay = keep(numbered({ capacity: 4, writers: 1, readers: 1 }));
    const writer = replay.writer();
    const reader = replay.reader();
    expect(() => replay.writer()).toThrow(
      expect.objectContaining({ code: "ERR_NO_RESOURCES", message: expect.stringContaining("`writers`") }),
    );
    expect(() => replay.reader()).toThrow(
      expect.objectContaining({ code: "ERR_NO_RESOURCES", message: expect.stringContaining("`readers`") }),
    );
    writer.close();
    reader.close();
    expect(() => writer.write({ value: 1 })).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(() => reader.sample(1)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(replay.write({ value: 1 })).toBe(true);
    expect(replay.sample(1)).toBeDefined();
  });

  it("is gone for those who come after its maker closed it, and stays for those who have it", () => {
    const replay = numbered({ capacity: 4 });
    const other = keep(ReplayBuffer.open(replay.name));
    replay.close();
    replay.close();
    expect(other.write({ value: 3 })).toBe(true);
    expect(() => ReplayBuffer.open(replay.name)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(() => replay.size).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
  });
});
