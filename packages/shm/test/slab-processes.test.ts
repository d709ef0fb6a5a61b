import { closing, Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { SlabArena, type SlabHandle, SlabReader } from "../src/index.js";
import { program } from "./fixtures.js";

noLeftovers();
const keep = closing();

/** A process that opens each handle it is given, prints the sum of its bytes, and forgets it when told. */
async function readerProcess(harness: Harness) {
  const child = harness.spawn(program("slab-reader.mjs"), { execArgv: ["--expose-gc"] });
  await child.line("ready");
  return child;
}

const arenaOf = () => keep(new SlabArena({ segmentBytes: 1 << 20, limit: 1 << 22 }));

describe("blocks between processes", () => {
  it("are read in place, and come back when the reader's view is garbage collected", async () => {
    await using harness = await Harness.start();
    await using reader = await readerProcess(harness);
    const arena = arenaOf();
    for (const length of [100_000, 700_000, 0, 900_000]) {
      const block = arena.allocate(length)!;
      block.bytes.fill(1);
      await reader.send(JSON.stringify(block.handle));
      await reader.line(`sum ${length}`);
    }
    expect(arena.usedBytes).toBeGreaterThan(1_700_000);
    await reader.send("forget");
    await waitUntil(() => arena.usedBytes === 0, { what: "the views to be collected" });
    await reader.send("end");
    expect(await reader.exited).toEqual({ code: 0, signal: null });
  });

  it("that a killed reader held are taken back", async () => {
    await using harness = await Harness.start();
    await using reader = await readerProcess(harness);
    const arena = arenaOf();
    const block = arena.allocate(1000)!;
    await reader.send(JSON.stringify(block.handle));
    await reader.line(/sum/);
    await reader.kill();
    expect(arena.usedBytes).toBe(1024);
    arena.reclaim(block.handle);
    expect(arena.usedBytes).toBe(0);
  });

  it("stay readable after their owner was killed", async () => {
    await using harness = await Harness.start();
    await using owner = harness.spawn(program("slab-owner.mjs"));
    const [, first, second] = await owner.line(/^(\{.*\}) (\{.*\})$/);
    const reader = keep(new SlabReader());
    const view = reader.open(JSON.parse(first!) as SlabHandle);
    await owner.kill();
    expect(view.every((byte) => byte === 5)).toBe(true);
    expect(reader.open(JSON.parse(second!) as SlabHandle).every((byte) => byte === 6)).toBe(true);
    view.fill(8);
    reader.release(view);
  });
});
