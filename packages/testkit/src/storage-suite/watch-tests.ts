import type { StorageChange } from "@troupe/storage";
import { beforeEach, describe, expect, it } from "vitest";

import { take, short } from "./helpers.js";
import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: watch. */
export function watchTests(store: StoreUnderTest): void {
  describe("watch", () => {
    let storage: StorageLike;
    const { another } = store;
    beforeEach(() => {
      ({ storage } = store);
    });

    it("yields every kind of change after the call, with its version", async () => {
      await storage.put("before", 1);
      await using watch = storage.watch();
      const put = await storage.put("key", 1);
      expect(await take(watch)).toEqual({ key: "key", id: put });
      await storage.incr("key");
      expect(await take(watch)).toEqual({ key: "key", id: await storage.id("key") });
      await storage.update("key", () => "new");
      const id = await storage.id("key");
      expect(await take(watch)).toEqual({ key: "key", id });
      const set = await storage.cas("key", id, 3);
      expect(await take(watch)).toEqual({ key: "key", id: set });
      await storage.delete("key");
      expect(await take(watch)).toEqual({ key: "key", id: undefined });
    });

    it("is silent about what changed nothing", async () => {
      await storage.put("key", 1);
      await using watch = storage.watch();
      await storage.cas("key", "another", 2);
      await storage.delete("missing");
      await storage.update("missing", () => undefined);
      await storage.incr("key").catch(() => {});
      expect(await take(watch)).toEqual({ key: "key", id: await storage.id("key") });
    });

    it("yields only what has the prefix", async () => {
      await using watch = storage.watch("a/");
      await using wide = storage.watch("é");
      await storage.put("b/1", 1);
      await storage.put("é/1", 1);
      await storage.put("a", 1);
      const id = await storage.put("a/1", 1);
      expect(await take(watch)).toEqual({ key: "a/1", id });
      expect((await take(wide)).key).toBe("é/1");
    });

    it("merges the changes of a key that come faster than they are taken", async () => {
      await using watch = storage.watch();
      let last = "";
      for (let i = 0; i < 50; i++) last = await storage.put("key", i);
      await storage.put("end", 1);
      const seen: StorageChange[] = [];
      while (seen.at(-1)?.key !== "end") seen.push(await take(watch));
      expect(seen.length).toBeLessThanOrEqual(51);
      expect(seen.at(-2)).toEqual({ key: "key", id: last });
    });

    it("sees the changes made through another opening", async () => {
      const other = await another();
      await using watch = storage.watch();
      await watch.ready;
      const id = await other.put("key", 1);
      expect(await take(watch)).toEqual({ key: "key", id });
      await other.delete("key");
      expect(await take(watch)).toEqual({ key: "key", id: undefined });
    });

    it("sees a key go when its time is over", async () => {
      await using watch = storage.watch();
      const changes = [take(watch), take(watch)];
      const id = await storage.put("key", 1, { ttl: short });
      expect(await Promise.all(changes)).toEqual([
        { key: "key", id },
        { key: "key", id: undefined },
      ]);
    });

    it("ends quietly by its signal, by return and by close", async () => {
      const controller = new AbortController();
      const bySignal = storage.watch("", { signal: controller.signal });
      const byReturn = storage.watch();
      const byClose = storage.watch();
      const aborted = storage.watch("", { signal: AbortSignal.abort() });
      const pending = [bySignal, byReturn, byClose, aborted].map((watch) => watch.next());
      controller.abort();
      await byReturn.return();
      await storage.close();
      for (const result of await Promise.all(pending))
        expect(result).toEqual({ done: true, value: undefined });
    });
  });
}
