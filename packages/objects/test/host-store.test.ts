import { closing, noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { HostStore, ObjectReader } from "../src/index.js";
import { page, put, read, segmentsOf } from "./support/fixtures.js";

noLeftovers();
const keep = closing();

/** A store of sixteen pages in segments of four, without a disk. */
const small = () => keep(new HostStore({ capacity: 16 * page, segmentBytes: 4 * page, spill: false }));
const error = (code: string) => expect.objectContaining({ code });

describe("a store", () => {
  it("holds what was written and sealed, for all who open it", async () => {
    const store = small();
    const reader = keep(new ObjectReader());
    const keys = [0, 1, 100, page, page + 1, 3 * page].map((length) => put(store, length, length % 251));
    for (const key of keys) {
      const length = store.byteLength(key);
      expect(await read(store, reader, key)).toEqual(new Uint8Array(length).fill(length % 251));
    }
    expect(store.stats()).toMatchObject({ objects: 6, memory: 9 * page, pinned: 0, capacity: 16 * page });
  });

  it("places objects where pages begin, apart from each other", () => {
    const store = small();
    const places = Array.from({ length: 16 }, () => store.create("owner", page - 1).at);
    expect(new Set(places.map(({ segment, offset }) => `${segment} ${offset}`)).size).toBe(16);
    expect(places.every(({ offset }) => offset % page === 0)).toBe(true);
    expect(segmentsOf()).toHaveLength(4);
  });

  it("gives an object that is larger than a segment one of its own", async () => {
    const store = small();
    const reader = keep(new ObjectReader());
    put(store, 1, 1);
    const { at, bytes, key } = store.create("owner", 9 * page);
    bytes.fill(9);
    store.seal(key);
    expect(at.offset).toBe(0);
    expect(await read(store, reader, key)).toEqual(new Uint8Array(9 * page).fill(9));
    expect(store.stats().reserved).toBe(13 * page);
  });

  it("uses the memory of what was deleted again, once nobody holds it", () => {
    const store = small();
    const { key, at } = store.create("owner", page);
    store.seal(key);
    void store.pin(key, "holder");
    void store.pin(key, "holder");
    store.delete(key);
    expect(store.create("owner", page).at).not.toEqual(at);
    store.unpin(key, "holder");
    expect(store.create("owner", page).at).not.toEqual(at);
    store.unpin(key, "holder");
    expect(store.create("owner", page).at).toEqual(at);
  });

  it("gives idle segments back: on demand, when others need the room, and after a while", () => {
    const store = small();
    const fill = () => Array.from({ length: 16 }, () => put(store, page, 1));
    const deleteAll = (keys: number[]) => keys.forEach((key) => store.delete(key));
    deleteAll(fill());
    expect(store.stats().reserved).toBe(16 * page);
    store.trim();
    expect(store.stats().reserved).toBe(0);
    deleteAll(fill());
    deleteAll([put(store, 16 * page, 1)]);
    expect(store.stats().reserved).toBe(16 * page);
    store.trim();
    deleteAll(fill());
    for (let i = 0; i < 600; i++) store.delete(put(store, page, 1));
    expect(store.stats().reserved).toBe(4 * page);
    expect(segmentsOf()).toHaveLength(1);
  });

  it("spares memory that is free, half of all at most, and moves nothing to disk for it", () => {
    const store = small();
    put(store, 4 * page, 1);
    const spared = store.createIfFree("owner", 4 * page)!;
    expect(store.createIfFree("owner", 1)).toBeUndefined();
    store.delete(spared.key);
    expect(store.createIfFree("owner", 1)).toBeDefined();
    put(store, 4 * page, 2);
    expect(store.createIfFree("owner", 1)).toBeUndefined();
    expect(store.stats()).toMatchObject({ objects: 3, memory: 9 * page, spills: 0 });
    expect(() => store.createIfFree("owner", -1)).toThrow(error("ERR_CONFIG"));
  });

  it("lets an object be deleted before it was sealed", () => {
    const store = small();
    const { key } = store.create("owner", page);
    store.delete(key);
    expect(() => store.seal(key)).toThrow(error("ERR_OBJECT_LOST"));
    expect(store.stats()).toMatchObject({ objects: 0, memory: 0, pinned: 0 });
  });

  it("frees what a process that ended had pinned, and the objects that it owned", () => {
    const store = small();
    const [own, others, held] = [put(store, 1, 1, "gone"), put(store, 1, 2), put(store, 1, 3, "gone")];
    void store.pin(others, "gone");
    void store.pin(others, "gone");
    void store.pin(held, "living");
    store.processEnded("gone");
    expect(store.stats()).toMatchObject({ objects: 2, memory: 2 * page, pinned: page });
    expect(() => store.byteLength(own)).toThrow(error("ERR_OBJECT_LOST"));
    expect(() => store.pin(held, "living")).toThrow(error("ERR_OBJECT_LOST"));
    store.unpin(held, "living");
    expect(store.stats()).toMatchObject({ objects: 1, pinned: 0 });
  });
});

describe("a store refuses", () => {
  it("more than it holds, naming what was asked, what it has, and what is pinned", () => {
    const store = small();
    put(store, 6 * page, 1);
    const { key } = store.create("owner", 2 * page);
    expect(() => store.create("owner", 15 * page)).toThrow(
      expect.objectContaining({
        code: "ERR_STORE_FULL",
        details: { asked: 15 * page, capacity: 16 * page, pinned: 2 * page },
        message: expect.stringMatching(
          `no room for an object of ${15 * page} bytes: ${8 * page} of its ${16 * page} are taken, ${2 * page} of these by views`,
        ),
      }),
    );
    expect(() => store.create("owner", 12 * page)).toThrow(/none may go to disk/);
    store.delete(key);
    expect(() => store.create("owner", Number.MAX_SAFE_INTEGER)).toThrow(error("ERR_STORE_FULL"));
    expect(store.stats()).toMatchObject({ objects: 1, memory: 6 * page });
  });

  it("to pin or measure what was deleted, or never was", () => {
    const store = small();
    const key = put(store, 1, 1);
    store.delete(key);
    store.delete(key);
    for (const gone of [key, 99, -1, NaN, undefined as never]) {
      expect(() => store.pin(gone, "holder")).toThrow(error("ERR_OBJECT_LOST"));
      expect(() => store.byteLength(gone)).toThrow(error("ERR_OBJECT_LOST"));
      expect(() => store.seal(gone)).toThrow(error("ERR_OBJECT_LOST"));
    }
  });

  it("to pin what is not sealed", () => {
    const store = small();
    const { key } = store.create("owner", 1);
    expect(() => store.pin(key, "holder")).toThrow(error("ERR_CONFIG"));
    store.seal(key);
    store.seal(key);
    expect(store.pin(key, "holder")).toMatchObject({ byteLength: 1 });
  });

  it("to let a holder give back more than its own pins", () => {
    const store = small();
    const key = put(store, page, 1);
    void store.pin(key, "one");
    void store.pin(key, "other");
    store.unpin(key, "one");
    store.unpin(key, "one");
    store.unpin(key, "one", 100);
    store.unpin(key, "nobody");
    store.unpin(99, "one");
    expect(store.stats().pinned).toBe(page);
    void store.pin(key, "one");
    store.unpin(key, "other");
    expect(store.stats().pinned).toBe(page);
    store.unpin(key, "one", 1);
    expect(store.stats().pinned).toBe(0);
  });

  it("lengths and options that are none", () => {
    const store = small();
    for (const length of [-1, 1.5, NaN, Infinity]) {
      expect(() => store.create("owner", length)).toThrow(error("ERR_CONFIG"));
    }
    for (const options of [{ capacity: -1 }, { capacity: NaN }, { segmentBytes: 0 }, { spillCapacity: -1 }]) {
      expect(() => new HostStore(options)).toThrow(error("ERR_CONFIG"));
    }
  });
});

describe("a store that is closed", () => {
  it("leaves nothing, and takes nothing more", () => {
    const store = small();
    const key = put(store, page, 1);
    void store.pin(key, "holder");
    store.close();
    store.close();
    expect(segmentsOf()).toEqual([]);
    for (const use of [
      () => store.create("owner", 1),
      () => store.seal(key),
      () => store.adopt("owner", "/x"),
      () => store.pin(key, "holder"),
      () => store.byteLength(key),
    ]) {
      expect(use).toThrow(error("ERR_CLOSED"));
    }
    store.unpin(key, "holder");
    store.delete(key);
    store.processEnded("holder");
    expect(store.stats()).toMatchObject({ objects: 0, memory: 0, pinned: 0, reserved: 0 });
  });

  it("leaves views that are open as they are", async () => {
    const store = small();
    const reader = keep(new ObjectReader());
    const key = put(store, 2 * page, 7);
    const view = new Uint8Array(
      reader.open(await store.pin(key, "holder"), () => store.unpin(key, "holder")),
    );
    const unsealed = store.create("owner", page);
    store.close();
    expect(view.every((byte) => byte === 7)).toBe(true);
    view.fill(8);
    unsealed.bytes.fill(9);
    reader.release(view.buffer);
  });
});

describe("the capacity of a store that was told none", () => {
  it("is a share of the memory of the machine", () => {
    const store = keep(new HostStore());
    expect(store.stats().capacity).toBeGreaterThan(0);
    expect(store.stats().capacity % page).toBe(0);
  });
});
