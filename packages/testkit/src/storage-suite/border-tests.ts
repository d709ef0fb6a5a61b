import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { collect, long } from "./helpers.js";
import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: borders. */
export function borderTests(store: StoreUnderTest): void {
  describe("borders", () => {
    let storage: StorageLike;
    let directory: string;
    const { another } = store;
    beforeEach(() => {
      ({ storage, directory } = store);
    });

    it("takes keys of up to 1 KiB in UTF-8 and refuses all others", async () => {
      const widest = "é".repeat(512);
      await storage.put(widest, 1);
      expect(await collect(storage.keys())).toEqual([widest]);
      const wrong = ["", "k".repeat(1025), "é".repeat(513), "\ud800", "a\udc00b", 7, null] as string[];
      for (const key of wrong) {
        await expect(storage.put(key, 1)).rejects.toMatchObject({ code: "ERR_CONFIG" });
        await expect(storage.get(key)).rejects.toMatchObject({ code: "ERR_CONFIG" });
        await expect(storage.delete(key)).rejects.toMatchObject({ code: "ERR_CONFIG" });
      }
    });

    it("refuses a value that cannot be stored, and keeps the one before", async () => {
      await storage.put("key", "before");
      await expect(storage.put("key", { run: () => {} })).rejects.toMatchObject({
        code: "ERR_NOT_SERIALIZABLE",
      });
      await expect(storage.cas("key", undefined, Symbol("s"))).rejects.toMatchObject({
        code: "ERR_NOT_SERIALIZABLE",
      });
      expect(await storage.get("key")).toBe("before");
    });

    it("does nothing for a signal that has aborted", async () => {
      const signal = AbortSignal.abort();
      const cancelled = { code: "ERR_CANCELLED" };
      await expect(storage.put("key", 1, { signal })).rejects.toMatchObject(cancelled);
      await expect(storage.get("key", 1, { signal })).rejects.toMatchObject(cancelled);
      await expect(storage.incr("key", 1, 0, { signal })).rejects.toMatchObject(cancelled);
      await expect(storage.update("key", () => 1, { signal })).rejects.toMatchObject(cancelled);
      await expect(collect(storage.keys("", { signal }))).rejects.toMatchObject(cancelled);
      expect(await storage.has("key")).toBe(false);
    });

    it("works as ever with a time limit that is not reached", async () => {
      const limits = { timeout: long, signal: new AbortController().signal };
      await storage.put("key", 1, limits);
      expect(await storage.incr("key", 1, 0, limits)).toBe(2);
      expect(await storage.get("key", 0, limits)).toBe(2);
      expect(await collect(storage.keys("", limits))).toEqual(["key"]);
    });

    it("refuses every call after close, which waits for what is under way", async () => {
      const other = await another();
      const puts = Array.from({ length: 20 }, (_, i) => storage.put(`key-${i}`, i));
      await storage.close();
      await storage.close();
      await Promise.all(puts);
      expect(await collect(other.keys())).toHaveLength(20);
      const calls = [
        storage.put("key", 1),
        storage.get("key"),
        storage.has("key"),
        storage.id("key"),
        storage.delete("key"),
        storage.incr("key"),
        storage.update("key", () => 1),
        storage.cas("key", undefined, 1),
        collect(storage.keys()),
        storage.save(join(directory, "saved")),
        storage.load(join(directory, "saved")),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: "ERR_CLOSED" });
      expect(() => storage.watch()).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
    });

    it("shares the store with another opening, which outlives it", async () => {
      const other = await another();
      await storage.put("key", 1);
      expect(await other.incr("key")).toBe(2);
      expect(await storage.get("key")).toBe(2);
      await storage.close();
      expect(await other.incr("key")).toBe(3);
    });
  });
}
