import { isTroupeError, processIdentity } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { waitUntil } from "../wait-until.js";
import { namesOf, type RegistryUnderTest } from "./registry-under-test.js";

/** Joining and leaving, and whose a name is. */
export function membershipTests({ open, fresh, member }: RegistryUnderTest): void {
  describe("membership", () => {
    it("lists a member with all that it told of itself, to every client, in order of joining", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      const meta = { protocol: 1, capabilities: ["ring"], nested: { deep: [1, null, true] } };
      const first = member("z-first", { component: "runner", endpoint: "tcp://10.0.0.1:7", meta });
      await one.join(group, first);
      await other.join(group, member("a-second"));
      await one.join(group, member("m-third"));
      const listed = await other.members(group);
      expect(namesOf(listed)).toEqual(["z-first", "a-second", "m-third"]);
      expect(listed[0]).toEqual(first);
      expect(await one.members(group)).toEqual(listed);
    });

    it("keeps groups apart", async () => {
      const registry = await open();
      const [left, right] = [fresh("group"), fresh("group")];
      await registry.join(left, member("a"));
      await registry.join(right, member("a"));
      await registry.join(right, member("b"));
      expect(namesOf(await registry.members(left))).toEqual(["a"]);
      expect(namesOf(await registry.members(right))).toEqual(["a", "b"]);
      expect(await registry.members(fresh("group"))).toEqual([]);
    });

    it("keeps what a member told, whatever becomes of the object it was told with", async () => {
      const registry = await open();
      const group = fresh("group");
      const meta: Record<string, unknown> = { role: "before" };
      await registry.join(group, member("a", { meta }));
      meta["role"] = "after";
      expect((await registry.members(group))[0]?.meta).toEqual({ role: "before" });
    });

    it("takes a member off at once when it leaves, and settles its end", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      const membership = await one.join(group, member("a"));
      expect(membership.group).toBe(group);
      expect(membership.member.name).toBe("a");
      await membership.leave();
      expect(await other.members(group)).toEqual([]);
      expect(await membership.ended).toBeUndefined();
      await membership.leave();
    });

    it("takes a member off when its membership is disposed of", async () => {
      const registry = await open();
      const group = fresh("group");
      const membership = await registry.join(group, member("a"));
      await membership[Symbol.asyncDispose]();
      expect(await registry.members(group)).toEqual([]);
    });

    it("refuses a name that a living member has, naming the holder", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      await one.join(group, member("a", { endpoint: "tcp://10.0.0.1:7" }));
      for (const registry of [one, other]) {
        await expect(registry.join(group, member("a"))).rejects.toMatchObject({
          code: "ERR_NAME_TAKEN",
          message: expect.stringContaining("tcp://10.0.0.1:7") as string,
          details: { group, name: "a", pid: process.pid },
        });
      }
      expect(namesOf(await other.members(group))).toEqual(["a"]);
    });

    it("gives a name to one of many who ask for it at the same time", async () => {
      const clients = await Promise.all(Array.from({ length: 8 }, open));
      const group = fresh("group");
      const outcomes = await Promise.allSettled(clients.map((client) => client.join(group, member("a"))));
      const winners = outcomes.filter(({ status }) => status === "fulfilled");
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") {
          expect(isTroupeError(outcome.reason, "ERR_NAME_TAKEN")).toBe(true);
        }
      }
      expect(await clients[0]?.members(group)).toHaveLength(1);
    });

    it("gives a name again after its member left, as a new incarnation", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      const first = await one.join(group, member("a"));
      await first.leave();
      const second = await other.join(group, member("a"));
      expect(second.member.incarnation).not.toBe(first.member.incarnation);
      expect((await one.members(group)).map(({ incarnation }) => incarnation)).toEqual([
        second.member.incarnation,
      ]);
      // The former one has nothing to leave any more.
      await first.leave();
      expect(await one.members(group)).toHaveLength(1);
    });

    it("hands the name of a dead process of this host on at once", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      // Of the start time of another process: the one that this pid belonged to is no more.
      const dead = { ...processIdentity(), startTime: 1 };
      await one.join(group, member("a", { process: dead }), { ttl: 3_600_000 });
      const heir = await other.join(group, member("a"));
      expect((await one.members(group)).map(({ incarnation }) => incarnation)).toEqual([
        heir.member.incarnation,
      ]);
    });

    it("does not judge processes of other hosts by their pid", async () => {
      const registry = await open();
      const group = fresh("group");
      const elsewhere = { host: "elsewhere", pid: 2 ** 22 + 1, startTime: 1 };
      await registry.join(group, member("a", { process: elsewhere }));
      await expect(registry.join(group, member("a"))).rejects.toMatchObject({ code: "ERR_NAME_TAKEN" });
    });

    it("keeps a member listed past its ttl, by heartbeats", async () => {
      const [one, other] = [await open(), await open()];
      const group = fresh("group");
      const ttl = 800;
      await one.join(group, member("a"), { ttl });
      const joinedAt = performance.now();
      const seen: string[][] = [];
      const leaseOver = async () => {
        seen.push(namesOf(await other.members(group)));
        return performance.now() - joinedAt > 1.25 * ttl;
      };
      await waitUntil(leaseOver, { what: "the time of its first lease to pass" });
      expect(seen.filter((names) => !names.includes("a"))).toEqual([]);
    });

    it("refuses what is no member, no ttl and no name", async () => {
      const registry = await open();
      const group = fresh("group");
      const config = { code: "ERR_CONFIG" };
      await expect(registry.join("", member("a"))).rejects.toMatchObject(config);
      await expect(registry.join(group, member(""))).rejects.toMatchObject(config);
      await expect(registry.join(group, member("a"), { ttl: 0 })).rejects.toMatchObject(config);
      const { process: _, ...incomplete } = member("a");
      await expect(registry.join(group, incomplete as never)).rejects.toMatchObject(config);
      expect(await registry.members(group)).toEqual([]);
    });
  });
}
