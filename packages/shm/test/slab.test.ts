import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Segment, SlabArena, type SlabHandle, SlabReader } from "../src/index.js";
import { segmentsOf } from "./fixtures.js";

noLeftovers();
const keep = closing();

const header = 16 * 1024;
const segmentBytes = 256 * 1024;

function slabs(limit = 4 * segmentBytes) {
  return { arena: keep(new SlabArena({ segmentBytes, limit })), reader: keep(new SlabReader()) };
}

describe("a slab arena", () => {
  it("makes no memory before it is needed, and no more than its limit", () => {
    const { arena } = slabs(2 * segmentBytes + 1000);
    expect([arena.totalBytes, arena.usedBytes, segmentsOf()]).toEqual([0, 0, []]);
    const blocks = [100_000, 100_000, 100_000, 100_000].map((length) => arena.allocate(length));
    expect(blocks.every((block) => block !== undefined)).toBe(true);
    expect(arena.allocate(100_000)).toBeUndefined();
    expect(arena.totalBytes).toBe(2 * segmentBytes);
    blocks[2]!.release();
    expect(arena.allocate(100_000)).toBeDefined();
  });

  it("gives blocks at multiples of 64, of exactly the length asked for", () => {
    const { arena, reader } = slabs();
    for (const length of [0, 1, 63, 64, 65, 10_000]) {
      const block = arena.allocate(length)!;
      expect(block.handle).toMatchObject({ byteLength: length });
      expect(block.handle.offset % 64).toBe(0);
      expect(block.bytes.byteLength).toBe(length);
      expect(reader.open(block.handle).byteLength).toBe(length);
    }
  });

  it("makes a larger segment for a larger block", () => {
    const { arena } = slabs();
    const block = arena.allocate(2 * segmentBytes)!;
    expect(block.bytes.byteLength).toBe(2 * segmentBytes);
    expect(arena.totalBytes).toBe(2 * segmentBytes + header);
    expect(arena.allocate(4 * segmentBytes)).toBeUndefined();
  });

  it("uses freed memory first, the lowest first", () => {
    const { arena } = slabs();
    const [first, second, third] = [1000, 1000, 1000].map((length) => arena.allocate(length)!);
    third!.release();
    first!.release();
    expect(arena.allocate(500)!.handle.offset).toBe(first!.handle.offset);
    second!.release();
    expect(arena.allocate(1400)!.handle.offset).toBe(first!.handle.offset + 512);
  });

  it("gives idle segments back: all when asked or when the limit is near, old ones by itself", () => {
    const { arena } = slabs(3 * segmentBytes);
    const fill = () => [200_000, 200_000, 200_000].map((length) => arena.allocate(length)!);
    for (const block of fill()) block.release();
    expect(arena.totalBytes).toBe(3 * segmentBytes);
    expect(arena.allocate(2 * segmentBytes)).toBeDefined();
    expect(arena.totalBytes).toBe(2 * segmentBytes + header);

    const other = slabs(3 * segmentBytes).arena;
    for (const block of [200_000, 200_000].map((length) => other.allocate(length)!)) block.release();
    for (let i = 0; i < 300; i++) other.allocate(100)!.release();
    expect(other.totalBytes).toBe(segmentBytes);
    other.trim();
    expect(other.totalBytes).toBe(0);
  });

  it("has as many blocks as a segment counts, and goes on in the next", () => {
    const { arena } = slabs();
    const blocks = Array.from({ length: 4033 }, () => arena.allocate(1)!);
    expect(arena.totalBytes).toBe(2 * segmentBytes);
    expect(new Set(blocks.map(({ handle }) => `${handle.segment} ${handle.slot}`)).size).toBe(4033);
  });

  it("refuses lengths and limits that are none, and works no more after close()", () => {
    const { arena } = slabs();
    for (const length of [-1, 0.5, NaN, Infinity]) {
      expect(() => arena.allocate(length)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    }
    expect(() => new SlabArena({ limit: NaN })).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    const block = arena.allocate(10)!;
    arena.close();
    expect(segmentsOf()).toEqual([]);
    expect(() => arena.allocate(1)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    block.bytes.fill(1);
    block.release();
  });

  it("gives nothing when the machine has no room", () => {
    const arena = keep(new SlabArena({ limit: 2 ** 50 }));
    expect(arena.allocate(2 ** 49)).toBeUndefined();
  });
});

describe("references", () => {
  it("keep a block until the last one goes", () => {
    const { arena, reader } = slabs();
    const block = arena.allocate(1000)!;
    block.bytes.fill(7);
    block.retain();
    const views = [reader.open(block.handle), reader.open(block.handle)];
    reader.release(views[0]!);
    reader.release(views[0]!);
    expect(arena.usedBytes).toBe(1024);
    expect(views[1]!.every((byte) => byte === 7)).toBe(true);
    reader.release(views[1]!);
    expect(arena.usedBytes).toBe(0);
    expect(() => block.retain()).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
  });

  it("have a bound", () => {
    const { arena } = slabs();
    const block = arena.allocate(1)!;
    for (let i = 1; i < 4095; i++) block.retain();
    expect(() => block.retain()).toThrow(expect.objectContaining({ code: "ERR_STORE_FULL" }));
    for (let i = 0; i < 4095; i++) block.release();
    expect(arena.usedBytes).toBe(0);
  });

  it("of a block that was taken back do not touch the next one in its place", () => {
    const { arena, reader } = slabs();
    const block = arena.allocate(1000)!;
    const view = reader.open(block.handle);
    arena.reclaim(block.handle);
    arena.reclaim(block.handle);
    expect(arena.usedBytes).toBe(0);
    const next = arena.allocate(1000)!;
    expect(next.handle).toMatchObject({ slot: block.handle.slot, offset: block.handle.offset });
    reader.release(view);
    block.release();
    arena.reclaim(block.handle);
    expect(arena.usedBytes).toBe(1024);
    expect(() => reader.open(block.handle)).toThrow(expect.objectContaining({ code: "ERR_OBJECT_LOST" }));
    reader.release(reader.open(next.handle));
    expect(arena.usedBytes).toBe(0);
  });
});

describe("a slab reader", () => {
  it("says that a block is lost when its owner closed", () => {
    const { arena, reader } = slabs();
    const block = arena.allocate(10)!;
    arena.close();
    expect(() => reader.open(block.handle)).toThrow(expect.objectContaining({ code: "ERR_OBJECT_LOST" }));
  });

  it("gives each view a reference of its own, also over memory that was read and released before", () => {
    const { arena, reader } = slabs();
    const first = arena.allocate(1000)!;
    const old = reader.open(first.handle);
    reader.release(old);
    const second = arena.allocate(1000)!;
    second.bytes.fill(2);
    const view = reader.open(second.handle);
    expect(view.every((byte) => byte === 2)).toBe(true);
    reader.release(old);
    expect(arena.usedBytes).toBe(1024);
    reader.release(view);
    const third = arena.allocate(900)!;
    expect(third.handle.offset).toBe(second.handle.offset);
    expect(reader.open(third.handle).byteLength).toBe(900);
  });

  it("refuses handles that are none", () => {
    const { arena, reader } = slabs();
    const { handle } = arena.allocate(1000)!;
    const wrong: Partial<Record<keyof SlabHandle, unknown>>[] = [
      { segment: "/etc/passwd" },
      { segment: undefined },
      { offset: 0 },
      { offset: handle.offset + 8 },
      { offset: -64 },
      { offset: segmentBytes },
      { byteLength: segmentBytes },
      { byteLength: -1 },
      { byteLength: "8" },
      { slot: -1 },
      { slot: 1e6 },
      { slot: undefined },
    ];
    for (const part of wrong) {
      expect(() => reader.open({ ...handle, ...part } as SlabHandle), JSON.stringify(part)).toThrow(
        expect.objectContaining({ code: "ERR_PROTOCOL" }),
      );
    }
    for (const length of [64, segmentBytes]) {
      const { name } = keep(Segment.create("no-slab", length));
      expect(() => reader.open({ ...handle, segment: name })).toThrow(
        expect.objectContaining({ code: "ERR_PROTOCOL" }),
      );
    }
    expect(reader.open(handle).byteLength).toBe(1000);
  });

  it("opens nothing after close(), and its views stay", () => {
    const { arena, reader } = slabs();
    const block = arena.allocate(100)!;
    block.bytes.fill(3);
    const view = reader.open(block.handle);
    reader.close();
    expect(() => reader.open(block.handle)).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    arena.close();
    expect(view.every((byte) => byte === 3)).toBe(true);
    reader.release(view);
  });
});
