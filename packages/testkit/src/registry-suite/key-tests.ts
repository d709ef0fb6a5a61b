import type { Registry } from "@troupe/registry";
import { describe, expect, it } from "vitest";

import type { RegistryUnderTest } from "./registry-under-test.js";

const clients = 8;

/** Values, their versions, and who wins. */
export function keyTests({ open, fresh }: RegistryUnderTest): void {
  describe("keys", () => {
    it("gives every client what was set last, with its version", async () => {
      const [one, other] = [await open(), await open()];
      const key = fresh("key");
      expect(await other.get(key)).toBeUndefined();
      const first = await one.set(key, "first");
      expect(await other.get(key)).toEqual({ value: "first", version: first });
      const second = await other.set(key, "second");
      expect(second).toBeGreaterThan(first);
      expect(await one.get(key)).toEqual({ value: "second", version: second });
    });

    it("carries structured data", async () => {
      const registry = await open();
      const key = fresh("key");
      const value = {
        text: "grüße 🎭",
        numbers: [0, -1, 2 ** 53, 0.1, Infinity],
        nothing: [null, undefined],
        bytes: new Uint8Array([1, 2, 255]),
        weights: new Float32Array([1.5, -2]),
        map: new Map([["a", new Set([1])]]),
        when: new Date(5),
        big: 2n ** 70n,
      };
      await registry.set(key, value);
      expect((await registry.get(key))?.value).toEqual(value);
      for (const falsy of [0, "", false, null]) {
        await registry.set(key, falsy);
        expect((await registry.get(key))?.value).toBe(falsy);
      }
    });

    it("keeps a value, whatever its writer and its readers do to their objects", async () => {
      const registry = await open();
      const key = fresh("key");
      const value = { list: [1], weights: new Float32Array([1]) };
      await registry.set(key, value);
      value.list.push(2);
      const read = (await registry.get(key))?.value as typeof value;
      read.list.push(3);
      read.weights[0] = 9;
      expect((await registry.get(key))?.value).toEqual({ list: [1], weights: new Float32Array([1]) });
    });

    it("compares and sets", async () => {
      const registry = await open();
      const key = fresh("key");
      const created = await registry.cas(key, undefined, "a");
      expect(created).toBeTypeOf("number");
      expect(await registry.cas(key, undefined, "b")).toBeUndefined();
      const changed = await registry.cas(key, created, "c");
      expect(changed).toBeGreaterThan(created ?? Infinity);
      expect(await registry.cas(key, created, "d")).toBeUndefined();
      expect(await registry.get(key)).toEqual({ value: "c", version: changed });
    });

    it("deletes by a value of undefined, and never gives a version twice", async () => {
      const [one, other] = [await open(), await open()];
      const key = fresh("key");
      const versions: (number | undefined)[] = [];
      for (let round = 0; round < 3; round++) {
        const created = await one.cas(key, undefined, round);
        const deleted = await other.cas(key, created, undefined);
        expect(await one.get(key)).toBeUndefined();
        expect(await other.cas(key, created, "too late")).toBeUndefined();
        versions.push(created, deleted, await one.set(key, "again"), await one.set(key, undefined));
        expect(await other.get(key)).toBeUndefined();
      }
      expect(versions).not.toContain(undefined);
      expect(new Set(versions).size).toBe(versions.length);
      expect(versions).toEqual([...versions].sort((a, b) => (a ?? 0) - (b ?? 0)));
    });

    it("lets one of eight clients win each version", async () => {
      const all = await Promise.all(Array.from({ length: clients }, open));
      const key = fresh("key");
      let version: number | undefined;
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.all(
          all.map(async (client, index) => ({ index, won: await client.cas(key, version, index) })),
        );
        const winners = outcomes.filter(({ won }) => won !== undefined);
        expect(winners).toHaveLength(1);
        version = winners[0]?.won;
        expect(await all[0]?.get(key)).toEqual({ value: winners[0]?.index, version });
      }
    });

    it("loses no increment of eight clients that count by cas", async () => {
      const all = await Promise.all(Array.from({ length: clients }, open));
      const key = fresh("key");
      const each = 15;
      await Promise.all(all.map((client) => count(client, key, each)));
      expect((await all[0]?.get(key))?.value).toBe(clients * each);
    });

    it("refuses what it cannot hold", async () => {
      const registry = await open();
      const key = fresh("key");
      await expect(registry.set(key, () => {})).rejects.toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
      const large = new Uint8Array(5 * 1024 * 1024);
      await expect(registry.set(key, large)).rejects.toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
      await expect(registry.set("", 1)).rejects.toMatchObject({ code: "ERR_CONFIG" });
      expect(await registry.get(key)).toBeUndefined();
    });

    it("holds a value of a megabyte", async () => {
      const registry = await open();
      const key = fresh("key");
      const large = new Uint8Array(1024 * 1024).map((_, at) => at % 251);
      await registry.set(key, large);
      expect(Buffer.compare((await registry.get(key))?.value as Uint8Array, large)).toBe(0);
    });
  });
}

async function count(registry: Registry, key: string, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const entry = await registry.get(key);
    const next = ((entry?.value as number | undefined) ?? 0) + 1;
    if ((await registry.cas(key, entry?.version, next)) !== undefined) done++;
  }
}
