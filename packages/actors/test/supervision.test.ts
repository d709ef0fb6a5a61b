import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { actorOf } from "../src/index.js";
import { Boss, Fragile } from "./programs/supervised.mjs";
import { crash, failureOf, type Ref, startSystem } from "./support/start.js";

noLeftovers();

const again = { restarts: { max: Infinity, backoff: 1 } };
const elsewhere = { ...again, pool: "pool-1" };

describe("a parent", () => {
  it("hears of each child that failed, whether it is made again or not", async () => {
    await using running = await startSystem({ pools: 2 });
    const boss = (await running.system.create(Boss, [], { pool: "pool-0" })) as Ref;
    const steady = (await boss["hire"]("steady", elsewhere)) as Ref;
    await boss["hire"]("passing", { pool: "pool-1" });
    await crash(running, steady);
    await waitUntil(async () => (await boss["heard"]).length === 2, { what: "two failures" });
    expect(await boss["heard"]).toEqual([
      ["ERR_ACTOR_DIED", "Remote<Tally>(boss-0/tally-0)"],
      ["ERR_ACTOR_DIED", "Remote<Tally>(boss-0/tally-1)"],
    ]);
    expect(await steady["add"](1)).toBe(1);
    expect(await running.system.find("boss-0/tally-1")).toBeUndefined();
  });

  it("one-for-one: its other children are left alone", async () => {
    await using running = await startSystem({ pools: 3 });
    const boss = (await running.system.create(Boss, [], {
      pool: "pool-0",
      supervision: "one-for-one",
    })) as Ref;
    const first = (await boss["hire"]("first", elsewhere)) as Ref;
    const second = (await boss["hire"]("second", { ...again, pool: "pool-2" })) as Ref;
    await first["add"](5);
    await second["add"](5);
    await crash(running, first);
    expect(await first["add"](1)).toBe(1);
    expect(await second["add"](1)).toBe(6);
  });

  it("all-for-one: its children are made anew with the one that failed, or stopped", async () => {
    await using running = await startSystem({ pools: 3 });
    const boss = (await running.system.create(Boss, [], {
      pool: "pool-0",
      supervision: "all-for-one",
    })) as Ref;
    const first = (await boss["hire"]("first", elsewhere)) as Ref;
    const second = (await boss["hire"]("second", { ...again, pool: "pool-2" })) as Ref;
    await boss["hire"]("third", { pool: "pool-2" });
    await second["add"](5);
    await crash(running, first);
    expect(await first["add"](1)).toBe(1);
    await waitUntil(async () => (await second["count"]) === 0, { what: "the sibling to be made anew" });
    expect(await running.system.find("boss-0/tally-2")).toBeUndefined();
  });

  it("all-for-one: calls that ran in the others may be made again", async () => {
    await using running = await startSystem({ pools: 3 });
    const supervision = "all-for-one" as const;
    const boss = (await running.system.create(Boss, [], { pool: "pool-0", supervision })) as Ref;
    const first = (await boss["hire"]("first", elsewhere)) as Ref;
    const second = (await boss["hire"]("second", { ...again, pool: "pool-2", concurrency: 2 })) as Ref;
    const held = second["hold"].with({ retries: 5 })() as Promise<string>;
    await second["add"](5);
    await crash(running, first);
    await waitUntil(async () => (await second["count"]) === 0 && (await second["letGo"]()), {
      what: "the call to be made again",
    });
    expect(await held).toBe("released");
  });

  it("fails with a child that is not made again any more, where it says so", async () => {
    await using running = await startSystem({ pools: 2 });
    const options = { ...again, pool: "pool-0", supervision: "escalate" };
    const boss = (await running.system.create(Boss, [], options as never)) as Ref;
    const child = (await boss["hire"]("only", { pool: "pool-1" })) as Ref;
    expect(actorOf(boss).incarnation).toBe(0);
    await crash(running, child);
    await waitUntil(async () => (await running.system.find("boss-0")) && actorOf(boss).incarnation === 1, {
      what: "the parent to be made again",
    });
    expect(await running.system.find("boss-0/tally-0")).toBeUndefined();
  });

  it("without restarts ends with it, and so on up the tree", async () => {
    await using running = await startSystem({ pools: 2 });
    const options = { pool: "pool-0", supervision: "escalate" } as const;
    const boss = (await running.system.create(Boss, [], options)) as Ref;
    const child = (await boss["hire"]("only", { pool: "pool-1" })) as Ref;
    await crash(running, child);
    await waitUntil(async () => (await running.system.find("boss-0")) === undefined, { what: "its end" });
    expect(await failureOf(boss["pid"]())).toMatchObject({
      code: "ERR_ACTOR_DIED",
      message: expect.stringContaining("its child boss-0/tally-0 failed"),
    });
  });

  it.each(["stop", "escalate"] as const)("decides by its onChildFailed: %s", async (verdict) => {
    await using running = await startSystem({ pools: 2 });
    const boss = (await running.system.create(Boss, [], { ...again, pool: "pool-0" })) as Ref;
    const child = (await boss["hire"]("only", elsewhere)) as Ref;
    await boss["decide"](verdict);
    await crash(running, child);
    await waitUntil(async () => (await running.system.find("boss-0/tally-0")) === undefined, {
      what: "its end",
    });
    if (verdict === "escalate")
      await waitUntil(async () => (await running.system.find("boss-0")) && actorOf(boss).incarnation === 1, {
        what: "the parent to be made again",
      });
    else expect(await boss["heard"]).toHaveLength(1);
  });

  it("that dies with its children makes them again itself, under their names", async () => {
    await using running = await startSystem({ pools: 2 });
    const boss = (await running.system.create(Boss, [], { ...again, pool: "pool-0" })) as Ref;
    await boss["hire"]("near", { ...again, pool: "pool-0", name: "near" });
    await boss["hire"]("far", { ...elsewhere, name: "far" });
    await crash(running, boss);
    await waitUntil(async () => (await running.system.find("far")) === undefined, {
      what: "the end of the far one",
    });
    const near = (await boss["hire"]("near", { ...again, name: "near" })) as Ref;
    const far = (await boss["hire"]("far", { ...elsewhere, name: "far" })) as Ref;
    expect([await near["add"](1), await far["add"](1)]).toEqual([1, 1]);
    expect(running.system.actors().filter(({ class: name }) => name === "Tally")).toHaveLength(2);
  });
});

describe("a supervised actor that crashes in a loop", () => {
  it("is given up after its restarts, and its parent is told each time", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-flag-"));
    await using running = await startSystem({ pools: 1 });
    const died: (string | undefined)[] = [];
    running.system.cluster.on("actor-died", ({ reason }) => died.push(reason));
    const flag = join(directory, "broken");
    const fragile = (await running.system.create(Fragile, [flag], {
      restarts: { max: 4, window: 60_000, backoff: 1 },
    })) as Ref;
    writeFileSync(flag, "");
    await crash(running, fragile);
    await waitUntil(() => died.length === 1, { what: "the end" });
    expect(died[0]).toContain("it is broken");
    rmSync(directory, { recursive: true });
  });
});
