import { beforeEach, describe, expect, it } from "vitest";

import { collect, long, short, withinTime } from "./helpers.js";
import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: time to live. */
export function ttlTests(store: StoreUnderTest): void {
  describe("time to live", () => {
    let storage: StorageLike;
    const { gone } = store;
    beforeEach(() => {
      ({ storage } = store);
    });

    it("lets a key go when its time is over, and not before", async () => {
      await storage.put("short", 1, { ttl: short });
      await storage.put("long", 1, { ttl: long });
      await gone("short");
      expect(await storage.get("short", "fallback")).toBe("fallback");
      expect(await storage.id("short")).toBeUndefined();
      expect(await storage.delete("short")).toBe(false);
      expect(await collect(storage.keys())).toEqual(["long"]);
      expect(await storage.get("long")).toBe(1);
    });

    it("takes an expired key for one that does not exist", async () => {
      for (const key of ["cas", "incr", "update"]) await storage.put(key, 5, { ttl: short });
      await gone("update");
      expect(await storage.cas("cas", undefined, 1)).toBeDefined();
      expect(await storage.incr("incr")).toBe(1);
      expect(await storage.update<unknown[]>("update", (value) => [value])).toEqual([undefined]);
    });

    it("drops the time with a put that gives none", async () => {
      const ttl = await withinTime(async (ttl) => {
        await storage.put("put", 1, { ttl });
        const id = await storage.put("cas", 1, { ttl });
        await storage.put("put", 2);
        return (await storage.cas("cas", id, 2)) !== undefined;
      });
      await storage.put("marker", 1, { ttl: ttl * 2 });
      await gone("marker");
      expect(await storage.get("put")).toBe(2);
      expect(await storage.get("cas")).toBe(2);
    });

    it("keeps the time through incr and update", async () => {
      await withinTime(async (ttl) => {
        await storage.put("incr", 1, { ttl });
        return (await storage.incr("incr")) === 2;
      });
      await withinTime(async (ttl) => {
        await storage.put("update", 1, { ttl });
        return (await storage.update<unknown[]>("update", (value) => [value]))?.[0] === 1;
      });
      await gone("incr");
      await gone("update");
    });

    it("gives a time by compare-and-set too", async () => {
      await storage.cas("key", undefined, 1, { ttl: short });
      await gone("key");
    });

    it("refuses a time that is none", async () => {
      for (const ttl of [0, -1, NaN, Infinity, "1" as unknown as number]) {
        await expect(storage.put("key", 1, { ttl })).rejects.toMatchObject({ code: "ERR_CONFIG" });
      }
      expect(await storage.has("key")).toBe(false);
    });
  });
}
