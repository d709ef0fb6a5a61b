import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { openStorage, Storage } from "../src/index.js";

describe("a Storage by itself", () => {
  it("opens on first use, whatever that is, and once for many calls", async () => {
    const storage = new Storage();
    expect(storage.url).toBe("memory:");
    const watch = storage.watch();
    const change = watch.next();
    const [id, sum] = await Promise.all([storage.put("a", 1), storage.incr("a")]);
    expect(sum).toBe(2);
    expect(await change).toEqual({ done: false, value: { key: "a", id } });
    await storage.close();
  });

  it("can be closed without ever having been used", async () => {
    const storage = new Storage("lmdb:/nowhere/that/is");
    await storage.close();
    await expect(storage.get("a")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("tries again after an opening that failed", async () => {
    await using harness = await Harness.start();
    const directory = join(harness.directory, "file", "store");
    await writeFile(join(harness.directory, "file"), "");
    const storage = new Storage(`lmdb:${directory}`);
    await expect(storage.put("a", 1)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(storage.watch().next()).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await storage.close();
  });
});

describe("the example of the README", () => {
  it("does what its comments say", async () => {
    await using harness = await Harness.start();
    const storage = await openStorage(`lmdb:${join(harness.directory, "state")}`);
    const id = await storage.put("model", { weights: new Float32Array([0.5, 1]), tags: new Set(["best"]) });
    expect(await storage.incr("episodes")).toBe(1);
    expect(await storage.update<number[]>("scores", (scores = []) => [...scores, 17])).toEqual([17]);
    expect(await storage.cas("model", id, { weights: new Float32Array(2) })).toBeDefined();
    await storage.put("session", "hello", { ttl: 60_000 });
    const keys: string[] = [];
    for await (const key of storage.keys("s")) keys.push(key);
    expect(keys).toEqual(["scores", "session"]);
    expect(await storage.save(join(harness.directory, "backup.troupe"))).toBe(4);
    await storage.close();
  });
});

describe("memory:", () => {
  it("keeps a write that an update's own function makes to the key", async () => {
    await using storage = await openStorage("memory:");
    await storage.put("n", 1);
    let inner: Promise<number> | undefined;
    const result = storage.update<number>("n", (n = 0) => {
      inner ??= storage.incr("n", 10);
      return n + 1;
    });
    expect(await result).toBe(12);
    expect(await inner).toBe(11);
    expect(await storage.get("n")).toBe(12);
    const endless = storage.update<number>("n", (n = 0) => {
      void storage.incr("n");
      return n;
    });
    await expect(endless).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });

  it("is another store each time, and with a name the same until the last is closed", async () => {
    const [one, two] = [await openStorage("memory:"), await openStorage("memory:")];
    await one.put("a", 1);
    expect(await two.has("a")).toBe(false);
    const [first, second] = [await openStorage("memory:shared"), await openStorage("memory:shared")];
    await first.put("a", 1);
    await first.close();
    expect(await second.get("a")).toBe(1);
    await second.close();
    const third = await openStorage("memory:shared");
    expect(await third.has("a")).toBe(false);
    for (const storage of [one, two, third]) await storage.close();
  });
});

describe("openStorage", () => {
  it("and save() say what they take", async () => {
    await expect(openStorage(5 as unknown as string)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await using storage = await openStorage("memory:");
    await storage.put("k", 1);
    await expect(storage.save("never", "k" as unknown as string[])).rejects.toMatchObject({
      code: "ERR_CONFIG",
    });
  });

  it("names the URLs it knows when it is given another, and no password", async () => {
    for (const url of ["sqlite:./file", "", "no url", "constructor:x", "mongo://me:secret@host"]) {
      const opening = openStorage(url);
      await expect(opening).rejects.toMatchObject({ code: "ERR_CONFIG" });
      await expect(opening).rejects.toThrow(/memory:.*lmdb:.*redis:/);
      await expect(opening).rejects.not.toThrow(/secret/);
    }
  });
});

describe("save and load between drivers", () => {
  it("carries values of every kind from one to another", async () => {
    await using harness = await Harness.start();
    await using memory = await openStorage("memory:");
    await using lmdb = await openStorage(`lmdb:${join(harness.directory, "store")}`);
    const path = join(harness.directory, "saved");
    const values = {
      number: 0.1,
      map: new Map([[1, new Float32Array([1, 2])]]),
      none: undefined,
      big: 2n ** 90n,
    };
    for (const [key, value] of Object.entries(values)) await memory.put(key, value);
    await memory.save(path);
    const saved = await readFile(path);
    expect(await lmdb.load(path)).toBe(4);
    for (const [key, value] of Object.entries(values)) expect(await lmdb.get(key)).toStrictEqual(value);
    expect(await lmdb.incr("number", 0.2)).toBe(0.1 + 0.2);
    await lmdb.put("number", 0.1);
    await lmdb.save(path);
    expect(await readFile(path)).toEqual(saved);
  });
});
