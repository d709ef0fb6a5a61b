import { chownSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";

import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Segment } from "../src/index.js";
import { segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();

describe("a segment", () => {
  it("begins as zeros, for its owner alone, under a name that says whose it is", () => {
    const segment = keep(Segment.create("fresh", 5000));
    expect(segment.byteLength).toBe(5000);
    expect(segment.name).toMatch(
      new RegExp(`^/troupe\\.fresh\\.[0-9a-f]{8}\\.${process.pid}\\.\\d+\\.\\d+$`),
    );
    expect(statSync(`/dev/shm${segment.name}`).mode & 0o777).toBe(0o600);
    expect(new Uint8Array(segment.buffer).every((byte) => byte === 0)).toBe(true);
  });

  it("is one memory for all who open it", () => {
    const mine = keep(Segment.create("one", 4096));
    const theirs = keep(Segment.open(mine.name));
    new Uint8Array(mine.buffer)[100] = 7;
    expect(theirs.byteLength).toBe(4096);
    expect(new Uint8Array(theirs.buffer)[100]).toBe(7);
    new Uint8Array(theirs.view(96, 8))[4] = 9;
    expect(new Uint8Array(mine.buffer)[100]).toBe(9);
  });

  it("keeps atomic operations atomic across mappings", () => {
    const mine = keep(Segment.create("atomic", 4096));
    const theirs = keep(Segment.open(mine.name));
    Atomics.store(new Int32Array(mine.buffer), 3, 41);
    expect(Atomics.add(new Int32Array(theirs.buffer), 3, 1)).toBe(41);
    expect(Atomics.compareExchange(new Int32Array(mine.buffer), 3, 42, 0)).toBe(42);
  });

  it("can be opened until it is unlinked, and stays with those who have it", () => {
    const mine = keep(Segment.create("unlinked", 4096));
    const theirs = keep(Segment.open(mine.name));
    mine.unlink();
    mine.unlink();
    expect(segmentsOf()).toEqual([]);
    expect(() => Segment.open(mine.name)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    new Uint8Array(mine.buffer)[0] = 1;
    expect(new Uint8Array(theirs.buffer)[0]).toBe(1);
  });

  it("keeps its name when it is closed here", () => {
    const mine = keep(Segment.create("closed", 4096));
    mine.close();
    mine.close();
    expect(() => mine.buffer).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(() => mine.view(0, 1)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    keep(Segment.open(mine.name));
  });

  it("gives views of pieces within it only", () => {
    const segment = keep(Segment.create("pieces", 4096));
    expect(segment.view(4000, 96).byteLength).toBe(96);
    expect(segment.view(4096, 0).byteLength).toBe(0);
    for (const [offset, length] of [
      [-1, 1],
      [0, -1],
      [4000, 97],
      [0.5, 1],
      [0, NaN],
      [2 ** 60, 1],
    ] as const) {
      expect(() => segment.view(offset, length)).toThrow(RangeError);
    }
  });

  it("does not let its memory be transferred away", () => {
    const segment = keep(Segment.create("transfer", 4096));
    const buffer = segment.buffer as ArrayBuffer & { transfer?: () => unknown };
    if (buffer.transfer) expect(() => buffer.transfer?.()).toThrow(TypeError);
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch {
      // Later versions of Node refuse; Node 20 makes a copy.
    }
    expect(buffer.byteLength).toBe(4096);
  });
});

describe("making a segment", () => {
  it("fails when there is no room, and leaves nothing", () => {
    expect(() => Segment.create("large", 2 ** 50)).toThrow(
      expect.objectContaining({ code: "ERR_STORE_FULL" }),
    );
    expect(segmentsOf()).toEqual([]);
  });

  it("refuses what is no length and no label", () => {
    for (const length of [0, -1, 1.5, NaN, Infinity, 2 ** 60]) {
      expect(() => Segment.create("length", length)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    }
    for (const label of ["", "a/b", "../x", "A", "a.b", "x".repeat(41)]) {
      expect(() => Segment.create(label, 64)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    }
    expect(segmentsOf()).toEqual([]);
  });
});

describe("opening a segment", () => {
  const garbage = [
    "",
    "/",
    "troupe.a.00000000.1.1.1",
    "/troupe.a.00000000.1.1.1/../../../etc/passwd",
    "/../etc/passwd",
    "/troupe.../x.00000000.1.1.1",
    "/troupe.a.00000000.1.1.1\0",
    "/troupe.a.00000000.1.1.1\n",
    `/troupe.${"a".repeat(200)}.00000000.1.1.1`,
    "/other",
  ];
  it.each(garbage)("refuses %j, which is no name", (name) => {
    expect(() => Segment.open(name)).toThrow(expect.objectContaining({ code: "ERR_PROTOCOL" }));
  });

  it.each([undefined, null, 7, {}, ["/troupe.a.00000000.1.1.1"]])("refuses %j, which is no text", (name) => {
    expect(() => Segment.open(name as string)).toThrow(expect.objectContaining({ code: "ERR_PROTOCOL" }));
  });

  it("says that one is gone", () => {
    expect(() => Segment.open("/troupe.gone.00000000.1.1.1")).toThrow(
      expect.objectContaining({ code: "ERR_CLOSED" }),
    );
  });

  it("takes one that its maker did not finish for gone", () => {
    const name = "/troupe.empty.00000000.1.1.1";
    writeFileSync(`/dev/shm${name}`, "");
    try {
      expect(() => Segment.open(name)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    } finally {
      rmSync(`/dev/shm${name}`);
    }
  });

  it("follows no link", () => {
    const name = "/troupe.link.00000000.1.1.1";
    symlinkSync("/etc/passwd", `/dev/shm${name}`);
    try {
      expect(() => Segment.open(name)).toThrow(expect.objectContaining({ code: "ERR_UNAUTHORIZED" }));
    } finally {
      rmSync(`/dev/shm${name}`);
    }
  });

  it.runIf(process.getuid?.() === 0)("refuses another user's", () => {
    const segment = keep(Segment.create("foreign", 4096));
    chownSync(`/dev/shm${segment.name}`, 65534, 65534);
    expect(() => Segment.open(segment.name)).toThrow(expect.objectContaining({ code: "ERR_UNAUTHORIZED" }));
  });
});
