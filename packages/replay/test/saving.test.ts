import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { fifo, field, minHeap, prioritized, queue, ReplayBuffer } from "../src/index.js";
import { rowOf, schema, tornRows } from "./programs/rows.mjs";
import { isLikely, numbered, program, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "troupe-replay-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("save and load", () => {
  it("keep rows, their order and their columns", async () => {
    const path = join(directory, "rows");
    const replay = keep(new ReplayBuffer({ capacity: 8, schema, sampler: fifo() }));
    for (let count = 0; count < 13; count++) replay.write(rowOf(1, count));
    expect(await replay.save(path)).toBe(8);
    expect(readdirSync(directory)).toEqual(["rows"]);
    const loaded = keep(await ReplayBuffer.load(path, { schema }));
    expect(loaded.size).toBe(8);
    expect(loaded.sample(8)!.columns).toEqual(replay.sample(8)!.columns);
    loaded.write(rowOf(1, 13));
    expect([...loaded.sample(8)!.columns.count]).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
  });

  it("keep priorities, and what was sampled and how often", async () => {
    const path = join(directory, "rows");
    const replay = keep(numbered({ capacity: 8, sampler: prioritized({ alpha: 0.5 }), remover: minHeap() }));
    for (const value of [1, 4, 9]) replay.write({ value }, { priority: value });
    await replay.save(path);
    const loaded = keep(await ReplayBuffer.load<typeof replay.schema>(path));
    const counts = [0, 0, 0];
    for (let i = 0; i < 2000; i++)
      for (const value of loaded.sample(3)!.columns.value) counts[Math.sqrt(value) - 1]!++;
    expect(isLikely(counts, [1000, 2000, 3000])).toBe(true);

    const queued = keep(
      numbered({ capacity: 4, sampler: fifo(), maxTimesSampled: 1, rateLimiter: queue(4) }),
    );
    writeNumbers(queued, 0, 3);
    queued.sample(2);
    await queued.save(path);
    const again = keep(await ReplayBuffer.load<typeof queued.schema>(path));
    writeNumbers(again, 3, 6);
    expect(again.write({ value: 6 })).toBe(false);
    expect([...again.sample(4)!.columns.value]).toEqual([2, 3, 4, 5]);
  });

  it("take the last rows into a smaller buffer, of another kind", async () => {
    const path = join(directory, "rows");
    const replay = keep(numbered({ capacity: 20 }));
    writeNumbers(replay, 0, 12);
    await replay.save(path);
    const loaded = keep(
      await ReplayBuffer.load<typeof replay.schema>(path, { capacity: 5, sampler: fifo() }),
    );
    expect([...loaded.sample(5)!.columns.value]).toEqual([7, 8, 9, 10, 11]);
  });

  it("write whole rows while others write", async () => {
    await using harness = await Harness.start();
    const replay = keep(new ReplayBuffer({ capacity: 2000, schema, sampler: fifo() }));
    const writer = harness.spawn(program("write-on.mjs"), { args: [replay.name] });
    await writer.line("writing");
    const path = join(directory, "rows");
    for (let i = 0; i < 3; i++) {
      const saved = await replay.save(path);
      const loaded = keep(await ReplayBuffer.load(path, { schema }));
      expect(loaded.size).toBe(saved);
      if (saved > 0) expect(tornRows(loaded.sample(saved)!.columns)).toBe(0);
    }
    await writer.kill();
  });

  it("refuse a file that is none, is cut short or changed, or has other columns", async () => {
    const path = join(directory, "rows");
    const replay = keep(numbered({ capacity: 4 }));
    writeNumbers(replay, 0, 4);
    await replay.save(path);
    const whole = readFileSync(path);
    const damaged = join(directory, "damaged");
    for (const length of [0, 5, 20, 100, whole.length - 1]) {
      writeFileSync(damaged, whole.subarray(0, length));
      await expect(ReplayBuffer.load(damaged)).rejects.toMatchObject({ code: "ERR_SCHEMA" });
    }
    for (const at of [0, 14, whole.length - 40, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      writeFileSync(damaged, changed);
      await expect(ReplayBuffer.load(damaged)).rejects.toMatchObject({ code: "ERR_SCHEMA" });
    }
    await expect(ReplayBuffer.load(path, { schema: { value: field("float32") } })).rejects.toMatchObject({
      code: "ERR_SCHEMA",
      message: expect.stringContaining("float64"),
    });
    await expect(ReplayBuffer.load(join(directory, "none"))).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(replay.save(join(directory, "none", "rows"))).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
