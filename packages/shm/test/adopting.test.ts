import { chownSync } from "node:fs";

import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Segment, sweepSegments } from "../src/index.js";
import { program, segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();

describe("a segment that is adopted", () => {
  it("is the same memory under a name of the one who adopts it", () => {
    const made = keep(Segment.create("made", 5000));
    const bytes = new Uint8Array(made.buffer).fill(5);
    const adopted = keep(Segment.adopt(made.name, "adopted"));
    expect(adopted.name).toMatch(new RegExp(`^/troupe\\.adopted\\.[0-9a-f]{8}\\.${process.pid}\\.`));
    expect(adopted.byteLength).toBe(5000);
    expect(segmentsOf()).toEqual([adopted.name]);
    expect(new Uint8Array(adopted.buffer).every((byte) => byte === 5)).toBe(true);
    bytes[0] = 6;
    expect(new Uint8Array(adopted.buffer)[0]).toBe(6);
    made.unlink();
    expect(segmentsOf()).toEqual([adopted.name]);
    adopted.unlink();
    expect(segmentsOf()).toEqual([]);
  });

  it("does not show what a maker writes later who made its mapping private", () => {
    const made = keep(Segment.create("made", 5000));
    const bytes = new Uint8Array(made.buffer).fill(5);
    made.makePrivate();
    const adopted = keep(Segment.adopt(made.name, "adopted"));
    bytes.fill(6);
    expect(new Uint8Array(adopted.buffer).every((byte) => byte === 5)).toBe(true);
  });

  it("outlives a maker that was killed, also when that is swept", async () => {
    await using harness = await Harness.start();
    await using maker = harness.spawn(program("make-segment.mjs"));
    const [, name] = await maker.line(/^made (.*)$/);
    const early = keep(Segment.adopt(name!, "early"));
    await maker.send("another");
    const [, another] = await maker.line(/^made (.*)$/);
    await maker.kill();
    const late = keep(Segment.adopt(another!, "late"));
    sweepSegments();
    expect(segmentsOf(maker.pid)).toEqual([]);
    expect(segmentsOf().sort()).toEqual([early.name, late.name].sort());
    for (const { buffer } of [early, late]) expect(new Uint8Array(buffer)[4999]).toBe(7);
  });

  it("goes with the process that adopted it", async () => {
    await using harness = await Harness.start();
    const made = keep(Segment.create("made", 5000));
    await using adopter = harness.spawn(program("make-segment.mjs"), { args: [made.name] });
    const [, name] = await adopter.line(/^adopted (.*)$/);
    expect(segmentsOf(adopter.pid)).toContain(name);
    expect(segmentsOf()).toEqual([]);
    await adopter.send("end");
    await adopter.exited;
    expect(segmentsOf(adopter.pid)).toEqual([]);
  });

  it("is adopted once", () => {
    const made = keep(Segment.create("made", 64));
    keep(Segment.adopt(made.name, "first"));
    expect(() => Segment.adopt(made.name, "second")).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(segmentsOf()).toHaveLength(1);
  });
});

describe("adopting", () => {
  it("refuses what is no name and no label, and leaves the segment to its maker", () => {
    const made = keep(Segment.create("made", 64));
    expect(() => Segment.adopt("/etc/passwd", "x")).toThrow(
      expect.objectContaining({ code: "ERR_PROTOCOL" }),
    );
    expect(() => Segment.adopt(made.name, "../x")).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(segmentsOf()).toEqual([made.name]);
  });

  it.runIf(process.getuid?.() === 0)("refuses another user's", () => {
    const made = keep(Segment.create("made", 64));
    chownSync(`/dev/shm${made.name}`, 65534, 65534);
    expect(() => Segment.adopt(made.name, "x")).toThrow(
      expect.objectContaining({ code: "ERR_UNAUTHORIZED" }),
    );
    expect(segmentsOf()).toEqual([made.name]);
  });
});
