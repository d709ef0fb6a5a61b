import { beforeEach, describe, expect, it } from "vitest";

import type { StorageLike, StoreUnderTest } from "./store-under-test.js";
import { values } from "./values.js";

/** What a store promises: values. */
export function valueTests(store: StoreUnderTest): void {
  describe("values", () => {
    let storage: StorageLike;
    beforeEach(() => {
      ({ storage } = store);
    });

    for (const [kind, value] of Object.entries(values())) {
      it(`gives back ${kind} as it was put`, async () => {
        await storage.put("key", value);
        const found = await storage.get("key");
        expect(found).toStrictEqual(value);
        expect(Object.is(found, -0)).toBe(Object.is(value, -0));
      });
    }

    it("gives back megabytes", async () => {
      const value = new Float64Array(500_000).map((_, i) => i * i);
      await storage.put("key", { value });
      const found = await storage.get<{ value: Float64Array }>("key");
      expect(found?.value.length).toBe(value.length);
      expect(found?.value.every((number, i) => number === value[i])).toBe(true);
    });

    it("keeps what was put, whatever happens to the object afterwards", async () => {
      const value = { list: [1], bytes: new Uint8Array([1, 2]) };
      const put = storage.put("key", value);
      value.list.push(2);
      value.bytes[0] = 9;
      await put;
      expect(await storage.get("key")).toEqual({ list: [1], bytes: new Uint8Array([1, 2]) });
    });

    it("gives copies: neither their change nor a later put alters them or the store", async () => {
      await storage.put("key", { bytes: new Uint8Array([1, 2]), big: new Float32Array(5000).fill(7) });
      const copy = (await storage.get<{ bytes: Uint8Array; big: Float32Array }>("key"))!;
      copy.bytes[0] = 9;
      await storage.put("other", { bytes: new Uint8Array([5, 5]), big: new Float32Array(5000) });
      await storage.get("other");
      expect(copy.bytes).toEqual(new Uint8Array([9, 2]));
      expect(copy.big).toEqual(new Float32Array(5000).fill(7));
      expect((await storage.get<{ bytes: Uint8Array }>("key"))?.bytes).toEqual(new Uint8Array([1, 2]));
    });

    it("tells a key that holds undefined from one that is missing", async () => {
      await storage.put("held", undefined);
      expect(await storage.has("held")).toBe(true);
      expect(await storage.get("held", "fallback")).toBeUndefined();
      expect(await storage.has("missing")).toBe(false);
      expect(await storage.get("missing", "fallback")).toBe("fallback");
      expect(await storage.get("missing")).toBeUndefined();
    });

    it("deletes, and says whether there was something", async () => {
      await storage.put("key", 1);
      expect(await storage.delete("key")).toBe(true);
      expect(await storage.delete("key")).toBe(false);
      expect(await storage.has("key")).toBe(false);
    });
  });
}
