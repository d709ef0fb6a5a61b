import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { HostStore, ObjectReader } from "../src/index.js";
import { page, put, read } from "./support/fixtures.js";

noLeftovers();
const keep = closing();
const error = (code: string) => expect.objectContaining({ code });

function setUp() {
  const store = keep(new HostStore({ capacity: 16 * page, segmentBytes: 8 * page, spill: false }));
  const reader = keep(new ObjectReader());
  const dropped: number[] = [];
  const open = (key: number, from = reader) => {
    const at = store.pin(key, "reader");
    if (at instanceof Promise) throw new Error("It is in memory.");
    return new Uint8Array(
      from.open(at, () => {
        dropped.push(key);
        store.unpin(key, "reader");
      }),
    );
  };
  return { store, reader, open, dropped };
}

describe("a view of an object", () => {
  it("is the object's memory, and holds it until it is released", () => {
    const { store, reader, open, dropped } = setUp();
    const key = put(store, 5000, 5);
    const view = open(key);
    expect(view).toEqual(new Uint8Array(5000).fill(5));
    expect(store.stats().pinned).toBe(2 * page);
    reader.release(view.buffer);
    reader.release(view.buffer);
    reader.release(new ArrayBuffer(1));
    expect(dropped).toEqual([key]);
    expect(store.stats().pinned).toBe(0);
  });

  it("takes what is written to it for itself: other readers, and later views, show the object's bytes", async () => {
    const { store, reader, open } = setUp();
    const other = keep(new ObjectReader());
    const key = put(store, 3 * page, 5);
    const early = open(key, other);
    const view = open(key);
    view.fill(99);
    expect([...early, ...open(key, other)].every((byte) => byte === 5)).toBe(true);
    const later = open(key);
    expect(later.every((byte) => byte === 5)).toBe(true);
    later.fill(98);
    reader.release(later.buffer);
    reader.release(view.buffer);
    expect(await read(store, reader, key)).toEqual(new Uint8Array(3 * page).fill(5));
    expect(await read(store, other, key)).toEqual(new Uint8Array(3 * page).fill(5));
  });

  it("shows the new object when its memory is used again, whatever was written there before", () => {
    const { store, reader, open } = setUp();
    const old = put(store, 2 * page, 5);
    const at = store.pin(old, "test");
    store.unpin(old, "test");
    const view = open(old);
    view.fill(99);
    reader.release(view.buffer);
    store.delete(old);
    const next = put(store, 2 * page, 6);
    expect(store.pin(next, "test")).toEqual(at);
    // A view that should not be used any more.
    view.fill(98);
    expect(open(next).every((byte) => byte === 6)).toBe(true);
  });

  it("leaves the objects beside it alone", () => {
    const { store, reader, open } = setUp();
    const [left, middle, right] = [1, 2, 3].map((value) => put(store, page - 100, value));
    const beside = [open(left!), open(right!)];
    beside.forEach((view) => view.fill(99));
    reader.release(open(middle!).buffer);
    expect(beside.every((view) => view.every((byte) => byte === 99))).toBe(true);
  });

  it("may be empty", () => {
    const { store, reader, open, dropped } = setUp();
    const key = put(store, 0, 0);
    const view = open(key);
    expect(view.byteLength).toBe(0);
    reader.release(view.buffer);
    expect(dropped).toEqual([key]);
  });

  it("stays when the reader is closed, and gives its pin back then too", () => {
    const { store, reader, open, dropped } = setUp();
    const view = open(put(store, page, 5));
    reader.close();
    reader.close();
    expect(view[0]).toBe(5);
    reader.release(view.buffer);
    expect(dropped).toHaveLength(1);
  });
});

describe("opening", () => {
  it("refuses what is no place of an object, without taking its pin", () => {
    const { store, reader, dropped } = setUp();
    const at = store.create("owner", page).at;
    const onDropped = () => void dropped.push(0);
    for (const wrong of [
      { ...at, offset: 1 },
      { ...at, offset: -page },
      { ...at, offset: NaN },
      { ...at, byteLength: -1 },
      { ...at, byteLength: 8 * page + 1 },
      { ...at, offset: 8 * page, byteLength: 1 },
      { ...at, byteLength: "1" as never },
      { ...at, segment: "/etc/passwd" },
      { ...at, segment: undefined as never },
    ]) {
      expect(() => reader.open(wrong, onDropped)).toThrow(error("ERR_PROTOCOL"));
    }
    expect(dropped).toEqual([]);
  });

  it("says that an object is lost whose store is gone", () => {
    const { store, reader } = setUp();
    const { at } = store.create("owner", page);
    store.close();
    expect(() => reader.open(at, () => {})).toThrow(error("ERR_OBJECT_LOST"));
  });

  it("is over once the reader was closed", () => {
    const { store, reader } = setUp();
    const { at } = store.create("owner", page);
    reader.close();
    expect(() => reader.open(at, () => {})).toThrow(error("ERR_CLOSED"));
  });
});
