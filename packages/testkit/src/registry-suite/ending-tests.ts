import { describe, expect, it } from "vitest";

import { waitUntil } from "../wait-until.js";
import { namesOf, readWatch, type RegistryUnderTest } from "./registry-under-test.js";

/** Makes the registry stop answering; gives what lets it answer again. */
export type Stall = () => Promise<() => Promise<void>>;

/** Closing, signals, and time that is over. */
export function endingTests({ open, fresh, member }: RegistryUnderTest, stall: Stall | undefined): void {
  describe("ending", () => {
    it("leaves all groups by close(), at once and for everyone", async () => {
      const [one, other] = [await open(), await open()];
      const groups = [fresh("group"), fresh("group")] as const;
      const watch = readWatch(other, groups[0]);
      const memberships = [
        await one.join(groups[0], member("a"), { ttl: 3_600_000 }),
        await one.join(groups[1], member("b"), { ttl: 3_600_000 }),
      ];
      await other.join(groups[0], member("stays"));
      await waitUntil(() => watch.names()?.join() === "a,stays", { what: "both" });
      await one.close();
      for (const { ended } of memberships) expect(await ended).toBeUndefined();
      expect(namesOf(await other.members(groups[0]))).toEqual(["stays"]);
      expect(await other.members(groups[1])).toEqual([]);
      await waitUntil(() => watch.names()?.join() === "stays", { what: "the watch to hear of it" });
    });

    it("closes once, however often it is asked to", async () => {
      const registry = await open();
      await Promise.all([registry.close(), registry.close()]);
      await registry.close();
      await registry[Symbol.asyncDispose]();
    });

    it("refuses everything after close()", async () => {
      const registry = await open();
      const group = fresh("group");
      const membership = await registry.join(group, member("a"));
      await registry.close();
      const closed = { code: "ERR_CLOSED" };
      await expect(registry.join(group, member("b"))).rejects.toMatchObject(closed);
      await expect(registry.members(group)).rejects.toMatchObject(closed);
      await expect(registry.get("key")).rejects.toMatchObject(closed);
      await expect(registry.set("key", 1)).rejects.toMatchObject(closed);
      await expect(registry.cas("key", undefined, 1)).rejects.toMatchObject(closed);
      expect(() => registry.watch(group)).toThrow(expect.objectContaining(closed));
      await membership.leave();
    });

    it("goes on serving the others when one client closes", async () => {
      const [one, two, three] = [await open(), await open(), await open()];
      const [group, key] = [fresh("group"), fresh("key")];
      await two.join(group, member("two"));
      await three.set(key, "kept");
      await one.close();
      await three.join(group, member("three"));
      expect(namesOf(await two.members(group))).toEqual(["two", "three"]);
      expect((await two.get(key))?.value).toBe("kept");
    });

    it("rejects with ERR_CANCELLED when the signal has aborted", async () => {
      const registry = await open();
      const group = fresh("group");
      const options = { signal: AbortSignal.abort(new Error("enough")) };
      const cancelled = { code: "ERR_CANCELLED", cause: { message: "enough" } };
      await expect(registry.join(group, member("a"), options)).rejects.toMatchObject(cancelled);
      await expect(registry.members(group, options)).rejects.toMatchObject(cancelled);
      await expect(registry.get("key", options)).rejects.toMatchObject(cancelled);
      await expect(registry.set(group, 1, options)).rejects.toMatchObject(cancelled);
      await expect(registry.cas(group, undefined, 1, options)).rejects.toMatchObject(cancelled);
      expect(await registry.members(group)).toEqual([]);
      expect(await registry.get(group)).toBeUndefined();
    });

    if (!stall) return;

    it("rejects with ERR_REGISTRY in time while nobody answers, and works again afterwards", async () => {
      const registry = await open();
      const [group, key] = [fresh("group"), fresh("key")];
      await registry.set(key, "before");
      const resume = await stall();
      try {
        const controller = new AbortController();
        const cancelled = registry.get(key, { signal: controller.signal });
        controller.abort();
        await expect(cancelled).rejects.toMatchObject({ code: "ERR_CANCELLED" });
        for (const call of [
          () => registry.get(key, { timeout: 50 }),
          () => registry.members(group, { timeout: 50 }),
          () => registry.join(group, member("a"), { timeout: 50 }),
        ]) {
          await expect(call()).rejects.toMatchObject({
            code: "ERR_REGISTRY",
            retryable: true,
            message: expect.stringContaining("within 50 ms") as string,
            details: { url: registry.url, timeout: 50 },
          });
        }
      } finally {
        await resume();
      }
      await waitUntil(async () => (await registry.get(key))?.value === "before", { what: "an answer" });
      // The join that nobody waited for has left no member behind.
      await waitUntil(async () => (await registry.members(group)).length === 0, { what: "no member" });
    });

    it("ends a pending call with ERR_CLOSED when the registry is closed", async () => {
      const registry = await open();
      const resume = await stall();
      try {
        const pending = registry.get(fresh("key"));
        const closing = registry.close();
        await expect(pending).rejects.toMatchObject({ code: "ERR_CLOSED" });
        await closing;
      } finally {
        await resume();
      }
    });
  });
}
