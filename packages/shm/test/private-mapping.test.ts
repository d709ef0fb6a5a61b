import { closeSync, fstatSync, openSync } from "node:fs";

import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { pageSize, Segment } from "../src/index.js";
import { segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();
const page = pageSize();

/** A segment of four pages, page `i` full of `i`, and a private mapping of it. */
function shared() {
  const segment = keep(Segment.create("private", 4 * page));
  const bytes = new Uint8Array(segment.buffer);
  for (let i = 0; i < 4; i++) bytes.fill(i, i * page, (i + 1) * page);
  const mine = keep(Segment.open(segment.name, { isPrivate: true }));
  return { segment, bytes, mine, own: new Uint8Array(mine.buffer) };
}

describe("a private mapping", () => {
  it("shows what others write, and keeps to itself what is written through it", () => {
    const { segment, bytes, mine, own } = shared();
    expect(mine.isPrivate).toBe(true);
    expect(segment.isPrivate).toBe(false);
    expect(own[page]).toBe(1);
    bytes[page] = 10;
    expect(own[page]).toBe(10);
    own.fill(99);
    expect([...bytes.subarray(page, page + 2)]).toEqual([10, 1]);
    const others = keep(Segment.open(segment.name, { isPrivate: true }));
    expect(new Uint8Array(others.buffer)[page]).toBe(10);
  });

  it("forgets what was written to the pages that are discarded, and to no others", () => {
    const { bytes, mine, own } = shared();
    own.fill(99);
    bytes[2 * page] = 20;
    mine.discard(page, page + 1);
    expect([0, 1, 2, 3].map((i) => own[i * page])).toEqual([99, 1, 20, 99]);
    mine.discard(0, 0);
    expect(own[0]).toBe(99);
  });

  it("discards within it, from where a page begins", () => {
    const { mine } = shared();
    for (const [offset, length] of [
      [1, page],
      [page / 2, 1],
      [-page, 1],
      [0, 4 * page + 1],
      [NaN, 1],
    ] as const) {
      expect(() => mine.discard(offset, length)).toThrow(RangeError);
    }
  });

  it("discards after it was closed, while views are left", () => {
    const { mine, own } = shared();
    own[0] = 99;
    mine.close();
    mine.discard(0, page);
    expect(own[0]).toBe(0);
  });

  it("is made of a shared one in place: arrays go on, what they write reaches nobody", () => {
    const { segment, bytes, own } = shared();
    bytes[0] = 7;
    segment.makePrivate();
    expect(segment.isPrivate).toBe(true);
    expect([...bytes.subarray(0, 2)]).toEqual([7, 0]);
    bytes[0] = 8;
    expect(own[0]).toBe(7);
    segment.makePrivate();
    expect(bytes[0]).toBe(8);
  });

  it("cannot be made once the name or the mapping was given up", () => {
    const { segment, bytes } = shared();
    const other = keep(Segment.open(segment.name));
    segment.unlink();
    expect(() => segment.makePrivate()).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    expect(bytes[page]).toBe(1);
    other.close();
    expect(() => other.makePrivate()).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
  });
});

describe("a shared mapping", () => {
  it("has nothing to discard", () => {
    const { segment, bytes } = shared();
    segment.discard(0, 4 * page);
    expect(bytes[page]).toBe(1);
  });

  it("gives its memory back when it is erased, and can be touched still", () => {
    const { segment, bytes, own } = shared();
    const file = openSync(`/dev/shm${segment.name}`, "r");
    try {
      expect(fstatSync(file).blocks).toBeGreaterThan(0);
      segment.erase();
      expect(fstatSync(file).blocks).toBe(0);
    } finally {
      closeSync(file);
    }
    expect(segmentsOf()).toEqual([]);
    expect([bytes[page], own[page]]).toEqual([0, 0]);
    bytes[page] = 1;
    segment.close();
    segment.erase();
  });

  it("is erased by no private mapping", () => {
    const { mine, bytes } = shared();
    expect(() => mine.erase()).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(bytes[page]).toBe(1);
  });
});
