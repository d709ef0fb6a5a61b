import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { closing, noLeftovers } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HostStore, ObjectReader } from "../src/index.js";
import { page, put, read } from "./support/fixtures.js";

noLeftovers();
const keep = closing();

let disk: string;
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), "troupe-disk-"));
});
afterEach(() => {
  rmSync(disk, { recursive: true, force: true });
});

/** A store of four pages with a disk. */
const small = () => keep(new HostStore({ capacity: 4 * page, segmentBytes: 2 * page, spill: disk }));

/** A copy of one page, and what its listener was told. */
function copyIn(store: HostStore, owner = "owner") {
  const key = put(store, page, 5);
  const told: boolean[] = [];
  store.asCopy(key, owner, (isEvicted) => told.push(isEvicted));
  return { key, told };
}

describe("a copy of what another store has", () => {
  it("goes before anything is moved to disk, the least recently used first", () => {
    const store = small();
    const own = put(store, page, 1);
    const [first, second] = [copyIn(store), copyIn(store)];
    expect(store.stats()).toMatchObject({ evictable: 2 * page, pinned: 0 });
    put(store, page, 2);
    void store.pin(first.key, "holder");
    store.unpin(first.key, "holder");
    put(store, page, 3);
    expect([first.told, second.told]).toEqual([[], [true]]);
    put(store, page, 4);
    expect(first.told).toEqual([true]);
    expect(store.stats()).toMatchObject({ spills: 0, evictable: 0, objects: 4 });
    put(store, page, 5);
    expect(store.stats()).toMatchObject({ spills: 1 });
    expect(store.byteLength(own)).toBe(page);
  });

  it("stays while somebody has it pinned", async () => {
    const store = small();
    const { key, told } = copyIn(store);
    void store.pin(key, "holder");
    for (let value = 0; value < 5; value++) put(store, page, value);
    expect(told).toEqual([]);
    const reader = keep(new ObjectReader());
    expect((await read(store, reader, key)).every((byte) => byte === 5)).toBe(true);
    store.unpin(key, "holder");
    put(store, page, 6);
    expect(told).toEqual([true]);
    expect(() => store.byteLength(key)).toThrow(expect.objectContaining({ code: "ERR_OBJECT_LOST" }));
  });

  it("goes with the process that it belongs to, and when it is deleted", () => {
    const store = small();
    const [first, second] = [copyIn(store, "a"), copyIn(store, "b")];
    store.processEnded("a");
    store.delete(second.key);
    store.delete(second.key);
    expect([first.told, second.told]).toEqual([[false], [false]]);
    expect(store.stats()).toMatchObject({ objects: 0, memory: 0, evictable: 0 });
  });

  it("is an object like others from when it is given to its owner", () => {
    const store = small();
    const { key, told } = copyIn(store);
    store.give(key, "owner");
    for (let value = 0; value < 4; value++) put(store, page, value);
    expect(told).toEqual([]);
    expect(store.stats()).toMatchObject({ spills: 1, objects: 5 });
    store.delete(key);
    expect(told).toEqual([false]);
  });
});
