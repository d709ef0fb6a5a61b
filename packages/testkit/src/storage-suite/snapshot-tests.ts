import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { collect, withinTime } from "./helpers.js";
import type { StorageLike, StoreUnderTest } from "./store-under-test.js";
import { values } from "./values.js";

/** What a store promises: save and load. */
export function snapshotTests(store: StoreUnderTest): void {
  describe("save and load", () => {
    let storage: StorageLike;
    let directory: string;
    const { another, gone } = store;
    beforeEach(() => {
      ({ storage, directory } = store);
    });

    it("brings back every value, over what is there now", async () => {
      const path = join(directory, "saved");
      const all = Object.entries(values());
      for (const [key, value] of all) await storage.put(key, value);
      const id = await storage.id("text");
      expect(await storage.save(path)).toBe(all.length);
      for await (const key of storage.keys()) await storage.delete(key);
      await storage.put("text", "overwritten");
      await storage.put("stays", "as it is");
      expect(await storage.load(path)).toBe(all.length);
      for (const [key, value] of all) expect(await storage.get(key)).toStrictEqual(value);
      expect(await storage.get("stays")).toBe("as it is");
      expect(await storage.id("text")).not.toBe(id);
    });

    it("keeps the moment at which a key's time is over", async () => {
      const path = join(directory, "saved");
      await withinTime(async (ttl) => {
        await storage.put("soon", 1, { ttl });
        const saved = await storage.save(path);
        await storage.put("soon", "without a time");
        return saved === 1 && (await storage.load(path)) === 1;
      });
      await gone("soon");
      await storage.put("soon", "later");
      expect(await storage.load(path)).toBe(0);
      expect(await storage.get("soon")).toBe("later");
    });

    it("saves only the keys named, of those that exist", async () => {
      const path = join(directory, "saved");
      for (const key of ["a", "b", "c"]) await storage.put(key, key);
      expect(await storage.save(path, ["c", "missing", "a"])).toBe(2);
      const other = await another();
      for (const key of ["a", "b", "c"]) await storage.delete(key);
      expect(await other.load(path)).toBe(2);
      expect(await collect(storage.keys())).toEqual(["a", "c"]);
    });

    it("replaces a file whole or not at all, and leaves nothing beside it", async () => {
      const path = join(directory, "saved");
      await storage.put("key", "first");
      await storage.save(path);
      await storage.put("key", "second");
      const controller = new AbortController();
      controller.abort();
      await expect(storage.save(path, undefined, { signal: controller.signal })).rejects.toMatchObject({
        code: "ERR_CANCELLED",
      });
      await expect(storage.save(join(directory, "no", "directory"))).rejects.toMatchObject({
        code: "ERR_CONFIG",
      });
      expect(await storage.load(path)).toBe(1);
      expect(await storage.get("key")).toBe("first");
      expect(await readdir(directory)).toEqual(["saved"]);
    });

    it("stops when the store is closed, and leaves no file", async () => {
      await Promise.all(Array.from({ length: 300 }, (_, i) => storage.put(`key-${i}`, i)));
      const saving = storage.save(join(directory, "saved"));
      const stopped = expect(saving).rejects.toMatchObject({ code: "ERR_CLOSED" });
      await storage.close();
      await stopped;
      expect(await readdir(directory)).toEqual([]);
    });

    it("refuses a file that is cut, changed or foreign, and changes nothing", async () => {
      const path = join(directory, "saved");
      for (let i = 0; i < 20; i++) await storage.put(`key-${i}`, { i });
      await storage.save(path);
      await storage.put("key-0", "now");
      const whole = await readFile(path);
      const changed = Buffer.from(whole);
      changed[whole.length >> 1] = (changed[whole.length >> 1] as number) ^ 1;
      const newer = Buffer.from(whole);
      newer[11] = 99;
      const foreign = [Buffer.alloc(0), Buffer.from("{}"), changed, newer, Buffer.concat([whole, whole])];
      for (const length of [5, 12, 30, whole.length - 40, whole.length - 1]) {
        foreign.push(whole.subarray(0, length));
      }
      for (const bytes of foreign) {
        await writeFile(path, bytes);
        await expect(storage.load(path)).rejects.toMatchObject({ code: "ERR_SCHEMA" });
        expect(await storage.get("key-0")).toBe("now");
      }
      await expect(storage.load(join(directory, "missing"))).rejects.toMatchObject({ code: "ERR_CONFIG" });
    });
  });
}
