import { decode, encode } from "@troupe/core";
import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { type Batch, prioritized, queue, ReplayBuffer, ReplayShards } from "../src/index.js";
import { isLikely, numbered, type numbers, writeNumbers } from "./support.js";

noLeftovers();
const keep = closing();

describe("a buffer in a message", () => {
  it("is the same memory where it arrives, and the same object each time", () => {
    const replay = keep(numbered({ capacity: 4 }));
    const bytes = encode({ replay });
    const arrived = keep((decode(bytes) as { replay: typeof replay }).replay);
    expect(arrived).toBeInstanceOf(ReplayBuffer);
    arrived.write({ value: 3 });
    expect([...replay.sample(1)!.columns.value]).toEqual([3]);
    expect((decode(bytes) as { replay: unknown }).replay).toBe(arrived);
    expect(arrived.name).toBe(replay.name);
    // It may be passed on.
    expect((decode(encode(arrived)) as typeof replay).size).toBe(1);
  });

  it("says what to do where it cannot be opened: gone, or of another host", () => {
    const replay = numbered({ capacity: 4 });
    const late = decode(encode(replay)) as typeof replay;
    replay.close();
    expect(() => late.size).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    const elsewhere = new ReplayBuffer({ kind: "replay", name: late.name, host: "elsewhere" });
    const there = decode(encode(elsewhere)) as typeof replay;
    expect(() => there.sample(1)).toThrow(
      expect.objectContaining({ code: "ERR_CONFIG", message: expect.stringContaining("dist(ReplayBuffer)") }),
    );
    there.close();
  });

  it("is not taken from fields that are none", () => {
    const bytes = Buffer.from(encode(keep(numbered({ capacity: 4 }))));
    bytes[bytes.indexOf("replay")] = 0x78;
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: "ERR_PROTOCOL" }));
  });

  it("and a batch is plain data", () => {
    const replay = keep(numbered({ capacity: 4 }));
    writeNumbers(replay, 0, 4);
    const batch = replay.sample(4)!;
    expect(decode(encode(batch))).toEqual(batch);
  });
});

describe("shards", () => {
  const shardsOf = (sizes: readonly number[]) => {
    let value = 0;
    return sizes.map((size) => {
      const replay = keep(numbered({ capacity: 64, sampler: prioritized() }));
      for (let i = 0; i < size; i++) replay.write({ value: value++ });
      return replay;
    });
  };

  it("are written in turn, past those that do not take a row", async () => {
    const [one, two] = shardsOf([0, 0]);
    const full = keep(numbered({ capacity: 4, rateLimiter: queue(1) }));
    const shards = new ReplayShards([one!, full, two!]);
    for (let value = 0; value < 6; value++) expect(await shards.write({ value })).toBe(true);
    expect(await shards.writeBatch({ value: [6, 7] })).toBe(true);
    expect([one!.size, full.size, two!.size]).toEqual([4, 1, 3]);
    expect(await shards.size()).toBe(8);
  });

  it("give each row of all the same probability", async () => {
    const shards = new ReplayShards(shardsOf([5, 40, 15]), { seed: 3 });
    const counts = Array<number>(60).fill(0);
    for (let i = 0; i < 600; i++)
      for (const value of (await shards.sample(20))!.columns.value) counts[value]!++;
    expect(isLikely(counts, Array(60).fill(200))).toBe(true);
    expect(await new ReplayShards(shardsOf([0, 0])).sample(1)).toBeUndefined();
  });

  it("find rows by indices that know their shard", async () => {
    const buffers = shardsOf([3, 4]);
    const shards = new ReplayShards<typeof numbers>(buffers, { seed: 3 });
    const { indices, columns, size } = (await shards.sample(16)) as Batch<typeof numbers>;
    expect(await shards.updatePriorities(indices, new Float64Array(size))).toBe(16);
    // All that were in the batch have priority 0 now: what is left comes alone.
    const seen = new Set(columns.value);
    const left = [0, 1, 2].filter((value) => !seen.has(value));
    if (left.length > 0) expect(left).toContain(buffers[0]!.sample(1)!.columns.value[0]);
    await expect(shards.updatePriorities(indices, [1])).rejects.toMatchObject({ code: "ERR_CONFIG" });
    expect(() => new ReplayShards([])).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect((await shards.stats()).map((stats) => stats.size)).toEqual([3, 4]);
  });
});
