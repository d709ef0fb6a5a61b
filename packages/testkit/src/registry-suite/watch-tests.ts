import { describe, expect, it } from "vitest";

import { waitUntil } from "../wait-until.js";
import { namesOf, readWatch, type RegistryUnderTest } from "./registry-under-test.js";

/** What a watch tells, and when it ends. */
export function watchTests({ open, fresh, member }: RegistryUnderTest): void {
  describe("watch", () => {
    it("begins with the group as it is, also when nobody is in it", async () => {
      const registry = await open();
      const group = fresh("group");
      const empty = readWatch(registry, group);
      await waitUntil(() => empty.changes[0], { what: "the first change" });
      expect(empty.changes[0]).toEqual({ members: [], joined: [], left: [] });
      await registry.join(group, member("a"));
      const full = readWatch(registry, group);
      await waitUntil(() => full.changes[0], { what: "the first change" });
      const { members, joined, left } = full.changes[0] ?? {};
      expect(namesOf(members ?? [])).toEqual(["a"]);
      expect(namesOf(joined ?? [])).toEqual(["a"]);
      expect(left).toEqual([]);
    });

    it("tells every client of each who joins and leaves, in order", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      const watches = [readWatch(one, group), readWatch(other, group)];
      for (const watch of watches) await waitUntil(() => watch.changes[0], { what: "the first change" });
      const a = await one.join(group, member("a"));
      for (const watch of watches) await waitUntil(() => watch.names()?.join() === "a", { what: "a" });
      await other.join(group, member("b"));
      for (const watch of watches) await waitUntil(() => watch.names()?.join() === "a,b", { what: "a, b" });
      await a.leave();
      for (const watch of watches) await waitUntil(() => watch.names()?.join() === "b", { what: "b" });
      for (const { changes } of watches) {
        expect(changes.map(({ joined, left }) => [namesOf(joined), namesOf(left)])).toEqual([
          [[], []],
          [["a"], []],
          [["b"], []],
          [[], ["a"]],
        ]);
      }
    });

    it("tells of a name's new incarnation as one who left and one who joined", async () => {
      const registry = await open();
      const group = fresh("group");
      const first = await registry.join(group, member("a"));
      const watch = registry.watch(group)[Symbol.asyncIterator]();
      await watch.next();
      await first.leave();
      const second = await registry.join(group, member("a"));
      const seen = { joined: [] as string[], left: [] as string[] };
      while (!seen.joined.includes(second.member.incarnation)) {
        const { value } = await watch.next();
        seen.joined.push(...value.joined.map(({ incarnation }: { incarnation: string }) => incarnation));
        seen.left.push(...value.left.map(({ incarnation }: { incarnation: string }) => incarnation));
      }
      expect(seen).toEqual({ joined: [second.member.incarnation], left: [first.member.incarnation] });
      await watch.return?.();
    });

    it("merges what changed while nobody asked", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      await one.join(group, member("stays"));
      const leaves = await one.join(group, member("leaves"));
      const slow = other.watch(group)[Symbol.asyncIterator]();
      expect(namesOf((await slow.next()).value.members)).toEqual(["stays", "leaves"]);
      for (let round = 0; round < 20; round++) {
        const passing = await one.join(group, member(`passing-${round}`));
        await passing.leave();
      }
      await leaves.leave();
      await one.join(group, member("new"));
      const quick = readWatch(other, group);
      await waitUntil(() => quick.names()?.join() === "stays,new", { what: "the last change" });
      const [joined, left] = [new Set<string>(), new Set<string>()];
      let told = 0;
      for (let names = ""; names !== "stays,new"; told++) {
        const { value } = await slow.next();
        names = namesOf(value.members).join();
        for (const name of namesOf(value.left)) if (!joined.delete(name)) left.add(name);
        for (const name of namesOf(value.joined)) joined.add(name);
      }
      // One change for all that was pending, and those whose news were still under way: not forty.
      expect(told).toBeLessThanOrEqual(3);
      expect([...joined]).toEqual(["new"]);
      expect([...left]).toEqual(["leaves"]);
      await slow.return?.();
    });

    it("ends quietly by its signal, by return() and by close()", async () => {
      const registry = await open();
      const group = fresh("group");
      const controller = new AbortController();
      const watches = [
        readWatch(registry, group, controller.signal),
        readWatch(registry, group),
        readWatch(registry, group),
      ] as const;
      for (const watch of watches) await waitUntil(() => watch.changes[0], { what: "the first change" });
      controller.abort();
      await watches[0].ended;
      await watches[1].stop();
      await registry.join(group, member("a"));
      await waitUntil(() => watches[2].names()?.join() === "a", { what: "the last watch to go on" });
      expect([watches[0].names(), watches[1].names()]).toEqual([[], []]);
      await registry.close();
      await watches[2].ended;
    });

    it("tells nothing when its signal has aborted before", async () => {
      const registry = await open();
      const watch = readWatch(registry, fresh("group"), AbortSignal.abort());
      await watch.ended;
      expect(watch.changes).toEqual([]);
    });
  });
}
