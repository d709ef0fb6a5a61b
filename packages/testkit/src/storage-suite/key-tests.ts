import { beforeEach, describe, expect, it } from "vitest";

import { collect } from "./helpers.js";
import type { StorageLike, StoreUnderTest } from "./store-under-test.js";

/** What a store promises: keys. */
export function keyTests(store: StoreUnderTest): void {
  describe("keys", () => {
    let storage: StorageLike;
    beforeEach(() => {
      ({ storage } = store);
    });

    it("lists them in the order of their UTF-8 bytes", async () => {
      const keys = ["\u{1f600}", "\uffee", "日本", "é", "e", "z", "a b", "a", "ab", "a\u0000", "\u0001", "~"];
      await Promise.all(keys.map((key) => storage.put(key, 1)));
      const ordered = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await collect(storage.keys())).toEqual(ordered);
      expect(await collect(storage.keys("a"))).toEqual(["a", "a\u0000", "a b", "ab"]);
      expect(await collect(storage.keys("é"))).toEqual(["é"]);
      expect(await collect(storage.keys("\u{1f600}"))).toEqual(["\u{1f600}"]);
      expect(await collect(storage.keys("nobody"))).toEqual([]);
    });

    it("takes a prefix literally", async () => {
      const keys = ["*", "?", "[a]", "a", "a*", "\\", "%_"];
      await Promise.all(keys.map((key) => storage.put(key, 1)));
      for (const key of keys) {
        expect(await collect(storage.keys(key))).toEqual(
          keys.filter((other) => other.startsWith(key)).sort(),
        );
      }
    });

    it("lists many, each once, also while others come and go", async () => {
      const keys = Array.from({ length: 2500 }, (_, i) => `key-${String(i).padStart(4, "0")}`);
      await Promise.all(keys.map((key, i) => storage.put(key, i)));
      const seen: string[] = [];
      for await (const key of storage.keys("key-")) {
        if (seen.push(key) === 1) {
          await storage.put("key-0000-more", 1);
          await storage.delete("key-2499");
        }
      }
      expect(seen.filter((key) => key !== "key-0000-more" && key !== "key-2499")).toEqual(
        keys.slice(0, 2499),
      );
    });
  });
}
