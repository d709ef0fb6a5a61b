import { beforeEach, describe, expect, it } from "vitest";

import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: atomic changes. */
export function atomicTests(store: StoreUnderTest): void {
  describe("atomic changes", () => {
    let storage: StorageLike;
    const { another } = store;
    beforeEach(() => {
      ({ storage } = store);
    });

    it("adds and subtracts, from zero or what init says", async () => {
      expect(await storage.incr("count")).toBe(1);
      expect(await storage.incr("count", 2.5)).toBe(3.5);
      expect(await storage.decr("count")).toBe(2.5);
      expect(await storage.decr("other", 3, 10)).toBe(7);
      expect(await storage.get("count")).toBe(2.5);
      await storage.put("put", -4);
      expect(await storage.incr("put", 1)).toBe(-3);
      expect(await storage.incr("large", 1, Number.MAX_SAFE_INTEGER - 1)).toBe(Number.MAX_SAFE_INTEGER);
    });

    it("loses no addition of many at once", async () => {
      const other = await another();
      const sums = await Promise.all(
        Array.from({ length: 200 }, (_, i) => (i % 2 ? storage : other).incr("count")),
      );
      expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    });

    it("refuses to add to what is no number, and leaves it", async () => {
      await storage.put("text", "12");
      await expect(storage.incr("text")).rejects.toMatchObject({ code: "ERR_CONFIG" });
      await storage.put("bigint", 12n);
      await expect(storage.decr("bigint")).rejects.toMatchObject({ code: "ERR_CONFIG" });
      expect(await storage.get("text")).toBe("12");
      await expect(storage.incr("count", NaN)).rejects.toMatchObject({ code: "ERR_CONFIG" });
      expect(await storage.has("count")).toBe(false);
    });

    it("updates by a function, creates and deletes by it", async () => {
      expect(await storage.update<string[]>("list", (list = []) => [...list, "a"])).toEqual(["a"]);
      expect(await storage.update<string[]>("list", (list = []) => [...list, "b"])).toEqual(["a", "b"]);
      expect(await storage.update("list", () => undefined)).toBeUndefined();
      expect(await storage.has("list")).toBe(false);
      expect(await storage.update("missing", () => undefined)).toBeUndefined();
    });

    it("loses no update of many at once", async () => {
      const other = await another();
      const append = (i: number) =>
        (i % 2 ? storage : other).update<number[]>("list", (list = []) => [...list, i]);
      await Promise.all(Array.from({ length: 60 }, (_, i) => append(i)));
      const list = await storage.get<number[]>("list", []);
      expect(list.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    });

    it("changes nothing when the function throws, and passes the error on", async () => {
      const id = await storage.put("key", "before");
      const error = new RangeError("no");
      const failing = storage.update("key", () => {
        throw error;
      });
      await expect(failing).rejects.toBe(error);
      await expect(storage.update("key", () => () => {})).rejects.toMatchObject({
        code: "ERR_NOT_SERIALIZABLE",
      });
      await expect(storage.update("key", async () => Promise.resolve(1))).rejects.toMatchObject({
        code: "ERR_CONFIG",
      });
      expect(await storage.id("key")).toBe(id);
      expect(await storage.get("key")).toBe("before");
    });
  });
}
