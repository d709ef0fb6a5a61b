import { Segment } from "@troupe/shm";
import { closing, Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { fifo, prioritized, queue, ReplayBuffer, type ReplayOptions } from "../src/index.js";
import { rowOf, schema, tornRows } from "./programs/rows.mjs";
import { numbered, program, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

function shared(options: Partial<ReplayOptions<typeof schema>> = {}) {
  const replay = keep(new ReplayBuffer({ capacity: 256, schema, ...options }));
  const segment = keep(Segment.create("counts", 4096));
  const counts = new Int32Array(segment.buffer);
  return {
    replay,
    /** Rows of a writer that are in the buffer for sure. */
    countOf: (writer: number) => Atomics.load(counts, writer),
    write: (harness: Harness, writer: number, atOnce: number, onSafeArea = "skip") =>
      harness.spawn(program("write.mjs"), {
        args: [replay.name, segment.name, `${writer}`, `${atOnce}`, onSafeArea],
      }),
    read: (harness: Harness, rows: number, acquire?: "acquire") =>
      harness.spawn(program("read.mjs"), { args: [replay.name, `${rows}`, ...(acquire ? [acquire] : [])] }),
  };
}

/** Lets it get somewhere, by what it has done. */
async function progress(count: () => number, by: number): Promise<void> {
  const start = count();
  await waitUntil(() => count() >= start + by, { what: `${by} more` });
}

const alive = async (process: HarnessProcess, line: string) => {
  await process.line(line);
  return process;
};

describe("no reader sees a torn row", () => {
  it.each([
    ["of a ring", {}],
    ["by priorities", { sampler: prioritized() }],
    ["where rows go after some samples", { sampler: fifo(), maxTimesSampled: 2 }],
  ] as const)("%s, while writers and readers are killed at any moment", async (_, options) => {
    await using harness = await Harness.start();
    const { replay, write, read, countOf } = shared(options);
    const writers = [
      await alive(write(harness, 0, 1), "writing"),
      await alive(write(harness, 1, 37), "writing"),
    ];
    const readers = [await alive(read(harness, 32), "reading")];
    const reader = replay.reader();
    for (let round = 0; round < 2; round++) {
      await waitUntil(
        () => {
          const batch = reader.sample(64);
          if (batch !== undefined) expect(tornRows(batch.columns)).toBe(0);
          return countOf(0) + countOf(1) > 300 * (round + 1);
        },
        { what: "rows to be written" },
      );
      const victim = round % 2;
      await writers[victim]!.kill();
      expect(await readers[0]!.kill()).toEqual({ code: null, signal: "SIGKILL" });
      writers[victim] = write(harness, victim, victim === 0 ? 1 : 37);
      readers[0] = await alive(read(harness, 32), "reading");
    }
    for (const process of [...writers, ...readers]) await process.kill();
  });

  it("in a safe area, while writers go on around it", async () => {
    await using harness = await Harness.start();
    const { write, read, countOf } = shared();
    const writers = [
      await alive(write(harness, 0, 1), "writing"),
      await alive(write(harness, 1, 16, "wait"), "writing"),
    ];
    const reader = await alive(read(harness, 24, "acquire"), "reading");
    await progress(() => countOf(0), 1000);
    await progress(() => countOf(1), 200);
    expect(await reader.kill()).toEqual({ code: null, signal: "SIGKILL" });
    for (const writer of writers) await writer.kill();
  });
});

describe("whoever is killed", () => {
  it("loses no row that was written, nor gives one twice, where rows are taken from a queue", async () => {
    await using harness = await Harness.start();
    const { replay, write, countOf } = shared({
      capacity: 64,
      sampler: fifo(),
      maxTimesSampled: 1,
      rateLimiter: queue(64),
    });
    const got = [new Set<number>(), new Set<number>()];
    const reader = replay.reader();
    const take = () => {
      for (let batch = reader.sample(1); batch !== undefined; batch = reader.sample(1)) {
        const { writer, count } = batch.columns;
        expect(tornRows(batch.columns)).toBe(0);
        expect(got[writer[0]!]!.has(count[0]!)).toBe(false);
        got[writer[0]!]!.add(count[0]!);
      }
    };
    const atOnce = [1, 5];
    const start = async (writer: number) => {
      const before = countOf(writer);
      const started = write(harness, writer, atOnce[writer]!);
      await waitUntil(() => (take(), countOf(writer) > before), { what: "the writer to write" });
      return started;
    };
    const writers = [await start(0), await start(1)];
    /** Rows that were under way when their writer was killed: they may be there or not. */
    const open = [new Set<number>(), new Set<number>()];
    for (let round = 0; round < 4; round++) {
      const before = countOf(0) + countOf(1);
      await waitUntil(() => (take(), countOf(0) + countOf(1) > before + 300), { what: "rows to come" });
      const victim = round % 2;
      await writers[victim]!.kill();
      for (let i = 0; i < atOnce[victim]!; i++) open[victim]!.add(countOf(victim) + i);
      writers[victim] = await start(victim);
    }
    for (const writer of writers) await writer.kill();
    const missing = () =>
      [0, 1].flatMap((writer) =>
        Array.from({ length: countOf(writer) }, (_, count) => count).filter(
          (count) => !got[writer]!.has(count) && !open[writer]!.has(count),
        ),
      );
    // The last row may wait for the counts to be put right: whoever asks in vain sees to that.
    await waitUntil(() => (take(), missing().length === 0), { what: "each row to be had" });
    await waitUntil(() => (take(), replay.size === 0), { what: "the queue to be empty" });
    // Whatever the dead were in the middle of, the queue takes as many rows as ever, and no more.
    const writer = replay.writer();
    for (let i = 0; i < 64; i++) await writer.insert(rowOf(0, -1), { timeout: 10_000 });
    expect(writer.write(rowOf(0, -1))).toBe(false);
  });

  it("gives back the area that it held, and its heads", async () => {
    await using harness = await Harness.start();
    const replay = keep(numbered({ capacity: 8, writers: 2, readers: 2 }));
    const writer = replay.writer({ onSafeArea: "wait" });
    for (let value = 0; value < 8; value++) writer.write({ value });
    await using holder = harness.spawn(program("hold.mjs"), { args: [replay.name, "area", "8"] });
    await holder.line("holding");
    expect(writer.write({ value: 8 })).toBe(false);
    const inserted = writer.insert({ value: 8 });
    await holder.kill();
    expect(await inserted).toBe(true);
    expect(replay.stats().areas).toBe(0);

    await using other = harness.spawn(program("hold.mjs"), { args: [replay.name, "heads"] });
    await other.line("holding");
    replay.reader();
    expect(() => replay.writer()).toThrow(expect.objectContaining({ code: "ERR_NO_RESOURCES" }));
    expect(() => replay.reader()).toThrow(expect.objectContaining({ code: "ERR_NO_RESOURCES" }));
    await other.kill();
    replay.writer();
    replay.reader();
  });

  it("leaves the buffer to those who have it, and its memory to be swept when it made it", async () => {
    await using harness = await Harness.start();
    const maker = harness.spawn(program("make.mjs"));
    const [, name] = await maker.line(/^made (\S+)/);
    const replay = keep(ReplayBuffer.open(name!));
    await maker.kill();
    expect(replay.write({ value: 2 })).toBe(true);
    expect(replay.size).toBe(2);
  });
});

describe("whoever is frozen", () => {
  it("keeps nobody from writing and sampling", async () => {
    await using harness = await Harness.start();
    const { replay, write, read, countOf } = shared({ capacity: 64 });
    const frozen = [
      await alive(write(harness, 0, 16), "writing"),
      await alive(read(harness, 16, "acquire"), "reading"),
    ];
    for (const process of frozen) await process.freeze();
    const other = await alive(write(harness, 1, 8), "writing");
    await progress(() => countOf(1), 500);
    const batch = await replay.reader().next(32);
    expect(tornRows(batch.columns)).toBe(0);
    await other.kill();
    for (const process of frozen) {
      await process.resume();
      await process.kill();
    }
  });
});

it("rows of several writers are all there", async () => {
  await using harness = await Harness.start();
  const replay = keep(numbered({ capacity: 1000 }));
  const others = [1, 2].map((i) =>
    harness.spawn(program("write-numbers.mjs"), { args: [replay.name, `${1000 * i}`, "300"] }),
  );
  writeNumbers(replay, 0, 300);
  for (const other of others) expect(await other.exited).toEqual({ code: 0, signal: null });
  const area = replay.reader().acquire(900)!;
  const expected = [0, 1000, 2000].flatMap((from) => Array.from({ length: 300 }, (_, i) => from + i));
  expect([...area.columns.value].sort((a, b) => a - b)).toEqual(expected);
  for (const from of [0, 1000, 2000]) {
    const own = [...area.columns.value].filter((value) => value >= from && value < from + 300);
    expect(own).toEqual(own.toSorted((a, b) => a - b)); // each writer's in its order
  }
});
