import { rmSync, writeFileSync } from "node:fs";

import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { findSegments, Segment, sweepSegments } from "../src/index.js";
import { program, segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();

/** A process with a segment, a ring and an arena; it has printed their names. */
async function holder(harness: Harness, end: string) {
  const child = harness.spawn(program("hold-segments.mjs"), { args: [end] });
  await child.line("made");
  return child;
}

describe("names in /dev/shm", () => {
  it.each(["returns", "exits", "throws"])("go with a process that %s", async (end) => {
    await using harness = await Harness.start();
    await using child = await holder(harness, end);
    expect(segmentsOf(child.pid)).toHaveLength(3);
    await child.send("end");
    expect((await child.exited).signal).toBeNull();
    expect(segmentsOf(child.pid)).toEqual([]);
  });

  it("go with the thread that made them", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("hold-segments.mjs"), { args: ["thread"] });
    await child.line("thread ended");
    expect(segmentsOf(child.pid)).toEqual([]);
    await child.send("end");
    await child.exited;
  });

  it("are swept by the next process when theirs was killed, and not before", async () => {
    await using harness = await Harness.start();
    await using killed = await holder(harness, "returns");
    await using living = await holder(harness, "returns");
    await killed.kill();
    expect(segmentsOf(killed.pid)).toHaveLength(3);
    await using next = await holder(harness, "returns");
    expect(segmentsOf(killed.pid)).toEqual([]);
    expect(segmentsOf(living.pid)).toHaveLength(3);
    for (const child of [living, next]) {
      await child.send("end");
      await child.exited;
    }
  });

  it("are swept on demand, but for those of others and of the living", async () => {
    await using harness = await Harness.start();
    const mine = keep(Segment.create("mine", 64));
    // A pid means something else in another pid namespace.
    const foreign = "/dev/shm/troupe.foreign.00000000.1.1.1";
    writeFileSync(foreign, "x");
    try {
      sweepSegments();
      await using killed = await holder(harness, "returns");
      await killed.kill();
      // Another test run on this machine may sweep at the same time.
      expect(sweepSegments()).toBeLessThanOrEqual(3);
      expect(segmentsOf(killed.pid)).toEqual([]);
      expect(segmentsOf()).toEqual([mine.name]);
      expect(segmentsOf(1)).toEqual(["/troupe.foreign.00000000.1.1.1"]);
    } finally {
      rmSync(foreign);
    }
  });
});

it("segments are found by their label, but for those of the dead and of others", async () => {
  await using harness = await Harness.start();
  const segments = ["found", "found", "found-not"].map((label) => keep(Segment.create(label, 64)));
  const foreign = "/dev/shm/troupe.found.00000000.1.1.1";
  writeFileSync(foreign, "x");
  try {
    expect(findSegments("found").sort()).toEqual([segments[0]!.name, segments[1]!.name].sort());
    segments[1]!.unlink();
    expect(findSegments("found")).toEqual([segments[0]!.name]);
    await using child = await holder(harness, "returns");
    const isTheirs = (name: string) => name.includes(`.${child.pid}.`);
    expect(findSegments("held").filter(isTheirs)).toHaveLength(1);
    await child.kill();
    expect(findSegments("held").filter(isTheirs)).toEqual([]);
  } finally {
    rmSync(foreign);
  }
});
