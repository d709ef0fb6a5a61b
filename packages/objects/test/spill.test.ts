import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { closing, Harness, noLeftovers } from "@troupe/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HostStore, type HostStoreOptions, ObjectReader } from "../src/index.js";
import { page, program, put, read } from "./support/fixtures.js";

noLeftovers();
const keep = closing();
const error = (code: string) => expect.objectContaining({ code });

let disk: string;
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), "troupe-disk-"));
});
afterEach(() => {
  rmSync(disk, { recursive: true, force: true });
});

/** A store of four pages with a disk. */
const small = (options: HostStoreOptions = {}) =>
  keep(new HostStore({ capacity: 4 * page, segmentBytes: 2 * page, spill: disk, ...options }));

/** Paths of the objects on disk. */
function files(parent = disk): string[] {
  return readdirSync(parent).flatMap((folder) =>
    readdirSync(join(parent, folder)).map((file) => join(parent, folder, file)),
  );
}

/** Which of the objects are in memory, found out without changing that. */
function inMemory(store: HostStore, keys: readonly number[]): number[] {
  const onDisk = files().map((path) => Number(path.slice(path.lastIndexOf("/") + 1)));
  return keys.filter((key) => store.byteLength(key) >= 0 && !onDisk.includes(key));
}

describe("a store that is full", () => {
  it("moves the least recently used to disk, and brings it back when it is pinned", async () => {
    const store = small();
    const reader = keep(new ObjectReader());
    const keys = [1, 2, 3, 4].map((value) => put(store, page, value));
    expect(await read(store, reader, keys[0]!)).toEqual(new Uint8Array(page).fill(1));
    keys.push(put(store, page, 5));
    expect(inMemory(store, keys)).toEqual([1, 3, 4, 5]);
    expect(store.stats()).toMatchObject({
      objects: 5,
      memory: 4 * page,
      spilled: page,
      spills: 1,
      restores: 0,
    });
    expect(store.pin(keys[1]!, "holder")).toBeInstanceOf(Promise);
    await store.pin(keys[1]!, "holder");
    expect(inMemory(store, keys)).toEqual([1, 2, 4, 5]);
    expect(store.stats()).toMatchObject({ spilled: page, spills: 2, restores: 1, pinned: page });
    for (const [i, key] of keys.entries()) {
      expect(await read(store, reader, key)).toEqual(new Uint8Array(page).fill(i + 1));
    }
  });

  it("moves none that is pinned or not sealed", async () => {
    const store = small();
    const pinned = put(store, page, 1);
    void store.pin(pinned, "holder");
    const unsealed = store.create("owner", page);
    const keys = [2, 3, 4, 5, 6].map((value) => put(store, page, value));
    expect(inMemory(store, [pinned, unsealed.key, ...keys])).toEqual([
      pinned,
      unsealed.key,
      ...keys.slice(3),
    ]);
    expect(() => store.create("owner", 3 * page)).toThrow(
      expect.objectContaining({ details: { asked: 3 * page, capacity: 4 * page, pinned: 2 * page } }),
    );
    expect(store.stats().spills).toBe(3);
    store.delete(unsealed.key);
    store.unpin(pinned, "holder");
    expect(put(store, 4 * page, 7)).toBeGreaterThan(0);
  });

  it("brings an object back once for all who wait for it", async () => {
    const store = small();
    const key = put(store, 4 * page, 1);
    const other = put(store, 4 * page, 2);
    const waiting = ["a", "b", "a"].map(async (holder) => store.pin(key, holder));
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(store.stats().restores).toBe(1);
    store.unpin(key, "a", 2);
    await expect(store.pin(other, "a")).rejects.toEqual(error("ERR_STORE_FULL"));
    store.unpin(key, "b");
    expect(await store.pin(other, "a")).toMatchObject({ byteLength: 4 * page });
  });

  it("frees an object that is deleted, or whose holder ends, while it comes back", async () => {
    const store = small();
    const [first, second] = [put(store, 4 * page, 1), put(store, 4 * page, 2)];
    const coming = store.pin(first, "holder");
    store.delete(first);
    store.processEnded("holder");
    await coming;
    expect(store.stats()).toMatchObject({ objects: 1, memory: 0, pinned: 0 });
    const back = store.pin(second, "holder");
    store.close();
    await expect(back).rejects.toEqual(error("ERR_CLOSED"));
    expect(readdirSync(disk)).toEqual([]);
  });

  it("removes from disk what is deleted, and everything when it is closed", () => {
    const store = small();
    const keys = [1, 2, 3].map((value) => put(store, 4 * page, value));
    expect(store.stats().spilled).toBe(8 * page);
    store.delete(keys[0]!);
    expect(store.stats().spilled).toBe(4 * page);
    expect(files()).toHaveLength(1);
    store.close();
    expect(readdirSync(disk)).toEqual([]);
  });

  it("keeps its folder and files to this user", () => {
    const store = small();
    put(store, 4 * page, 1);
    put(store, 4 * page, 2);
    expect(readdirSync(disk)).toEqual([expect.stringMatching(/^spill\.[0-9a-f]{8}\.\d+\.\d+\.\d+$/)]);
    expect(statSync(join(disk, readdirSync(disk)[0]!)).mode & 0o777).toBe(0o700);
    expect(statSync(files()[0]!).mode & 0o777).toBe(0o600);
  });
});

describe("a disk that takes no more", () => {
  it("gives back all that is there, one for another", async () => {
    const store = small({ spillCapacity: 3 * page });
    const reader = keep(new ObjectReader());
    const keys = [1, 2, 3, 4, 5, 6, 7].map((value) => put(store, page, value));
    expect(() => put(store, page, 8)).toThrow(error("ERR_STORE_FULL"));
    for (let round = 0; round < 2; round++) {
      for (const [i, key] of keys.entries()) {
        expect(await read(store, reader, key)).toEqual(new Uint8Array(page).fill(i + 1));
        expect(store.stats()).toMatchObject({ memory: 4 * page, spilled: 3 * page });
      }
    }
    const all = await Promise.all(keys.slice(0, 3).map((key) => read(store, reader, key)));
    expect(all.map((bytes) => bytes[page - 1])).toEqual([1, 2, 3]);
  });

  it("keeps what cannot come back since others are too large for its place", async () => {
    const store = small({ spillCapacity: 2 * page });
    const reader = keep(new ObjectReader());
    const keys = [1, 2].map((value) => put(store, page, value));
    const large = put(store, 3 * page, 3);
    const pinned = put(store, page, 4);
    void store.pin(pinned, "holder");
    await expect(Promise.all(keys.map(async (key) => store.pin(key, "holder")))).rejects.toEqual(
      expect.objectContaining({
        code: "ERR_STORE_FULL",
        message: expect.stringContaining(`${4 * page} of its`),
      }),
    );
    store.delete(large);
    for (const [i, key] of keys.entries()) {
      expect(await read(store, reader, key)).toEqual(new Uint8Array(page).fill(i + 1));
    }
  });

  it("is one whose bound is reached: smaller objects go there, larger ones do not", () => {
    const store = small({ spillCapacity: page });
    const [large, little] = [put(store, 2 * page, 1), put(store, page, 2)];
    put(store, 2 * page, 3);
    expect(inMemory(store, [large])).toEqual([large]);
    expect(store.stats().spilled).toBe(page);
    expect(() => store.create("owner", page)).toThrow(/no more of the others/);
    store.delete(little);
    expect(() => store.create("owner", 2 * page)).toThrow(error("ERR_STORE_FULL"));
    store.delete(large);
    expect(store.create("owner", 2 * page).at.byteLength).toBe(2 * page);
  });

  it("loses nothing when others went to the place of one that has no room then", async () => {
    const store = small({ spillCapacity: 2 * page, segmentBytes: 4 * page });
    const reader = keep(new ObjectReader());
    const [second, first] = [put(store, page, 2), put(store, 2 * page, 1)];
    expect(await read(store, reader, second)).toHaveLength(page);
    const third = put(store, 3 * page, 3);
    await expect(store.pin(first, "holder")).rejects.toEqual(error("ERR_STORE_FULL"));
    expect(inMemory(store, [first, second, third])).toContain(third);
    expect(store.stats()).toMatchObject({ objects: 3, memory: 3 * page, spilled: page });
    store.delete(third);
    expect(await read(store, reader, first)).toEqual(new Uint8Array(2 * page).fill(1));
    expect(await read(store, reader, second)).toEqual(new Uint8Array(page).fill(2));
  });

  // A file system of its own, in a mount namespace that goes with the process: for root alone.
  const apart = ["unshare", "-m"] as const;
  const canMount =
    spawnSync(apart[0], [...apart.slice(1), "mount", "-t", "tmpfs", "tmpfs", tmpdir()]).status === 0;
  it.runIf(canMount)("is a full one: the error says so, and all objects stay", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("full-disk.mjs"), { args: [disk], under: apart });
    const [, full] = await child.line(/^full (.*)$/);
    expect(JSON.parse(full!)).toEqual({
      code: "ERR_STORE_FULL",
      cause: "ENOSPC",
      details: { asked: 100_000, capacity: 1 << 20, pinned: 0 },
    });
    await child.line(/^(9|10) objects on disk, none cut short$/);
    await child.line("all are right");
    await child.line("room again");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it("is one that cannot be written to", () => {
    const file = join(disk, "file");
    writeFileSync(file, "");
    const store = small({ spill: join(file, "folder") });
    put(store, 4 * page, 1);
    expect(() => store.create("owner", page)).toThrow(
      expect.objectContaining({ code: "ERR_STORE_FULL", cause: error("ENOTDIR") }),
    );
  });
});

describe("an object on disk", () => {
  const damages: [string, (path: string) => void][] = [
    ["removed", (path) => rmSync(path)],
    ["cut short", (path) => truncateSync(path, page)],
    ["made longer", (path) => writeFileSync(path, "more", { flag: "a" })],
    [
      "changed by one bit",
      (path) => {
        const bytes = readFileSync(path);
        bytes[page]! ^= 1;
        writeFileSync(path, bytes);
      },
    ],
    ["replaced by a directory", (path) => (rmSync(path), mkdirSync(path))],
  ];
  it.each(damages)("that was %s is lost, and no other is", async (_, damage) => {
    const store = small();
    const reader = keep(new ObjectReader());
    const [key, other] = [put(store, 3 * page, 1), put(store, 3 * page, 2)];
    damage(files()[0]!);
    await expect(Promise.all([store.pin(key, "a"), store.pin(key, "b")])).rejects.toEqual(
      expect.objectContaining({
        code: "ERR_OBJECT_LOST",
        message: expect.stringContaining(disk),
      }),
    );
    await expect(store.pin(key, "a")).rejects.toEqual(error("ERR_OBJECT_LOST"));
    expect(store.stats()).toMatchObject({ objects: 2, memory: 0, pinned: 0 });
    expect(await read(store, reader, other)).toEqual(new Uint8Array(3 * page).fill(2));
    rmSync(files()[0] ?? disk, { recursive: true });
    store.delete(key);
    expect(store.stats().objects).toBe(1);
  });
});

describe("a directory for what does not fit", () => {
  it("is made when it is first needed", () => {
    const store = small({ spill: join(disk, "a", "b") });
    put(store, 4 * page, 1);
    expect(readdirSync(disk)).toEqual([]);
    put(store, 4 * page, 2);
    expect(files(join(disk, "a", "b"))).toHaveLength(1);
    store.close();
    expect(readdirSync(join(disk, "a", "b"))).toEqual([]);
  });
});
