import { beforeEach, describe, expect, it } from "vitest";

import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: versions. */
export function versionTests(store: StoreUnderTest): void {
  describe("versions", () => {
    let storage: StorageLike;
    const { another } = store;
    beforeEach(() => {
      ({ storage } = store);
    });

    it("names each put of a key anew, the same value or not", async () => {
      const first = await storage.put("key", 1);
      expect(await storage.id("key")).toBe(first);
      const second = await storage.put("key", 1);
      expect(second).not.toBe(first);
      expect(await storage.id("key")).toBe(second);
    });

    it("never repeats one, through puts, additions, updates, deletes and other openings", async () => {
      const seen: (string | undefined)[] = [];
      const note = async (store: StorageLike) => seen.push(await store.id("key"));
      for (const store of [storage, await another()]) {
        for (let round = 0; round < 5; round++) {
          await store.put("key", 0);
          await note(store);
          await store.incr("key");
          await note(store);
          await store.update("key", () => 0);
          await note(store);
          await store.delete("key");
        }
      }
      expect(new Set(seen).size).toBe(30);
      expect(await storage.id("key")).toBeUndefined();
    });

    it("puts by compare-and-set only over the version named", async () => {
      const first = await storage.put("key", "first");
      const second = await storage.cas("key", first, "second");
      expect(second).toBe(await storage.id("key"));
      expect(await storage.cas("key", first, "third")).toBeUndefined();
      expect(await storage.cas("key", undefined, "third")).toBeUndefined();
      expect(await storage.cas("key", "no version at all", "third")).toBeUndefined();
      expect(await storage.get("key")).toBe("second");
    });

    it("creates by compare-and-set only what does not exist", async () => {
      const id = await storage.cas("key", undefined, "made");
      expect(id).toBeDefined();
      await storage.delete("key");
      expect(await storage.cas("key", id, "again")).toBeUndefined();
      expect(await storage.has("key")).toBe(false);
    });

    it("lets one of many racing compare-and-sets win", async () => {
      const other = await another();
      const id = await storage.put("key", "start");
      const racers = Array.from({ length: 20 }, (_, i) => (i % 2 ? storage : other).cas("key", id, i));
      const results = await Promise.all(racers);
      const winners = results.flatMap((result, i) => (result === undefined ? [] : [i]));
      expect(winners).toHaveLength(1);
      expect(await storage.get("key")).toBe(winners[0]);
      expect(await storage.id("key")).toBe(results[winners[0] as number]);
    });
  });
}
