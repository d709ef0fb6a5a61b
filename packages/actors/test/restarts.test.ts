import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { actorOf, kill, stop, watch } from "../src/index.js";
import { Boss, Fragile, Guardian, Lingerer, Tally } from "./programs/supervised.mjs";
import { crash, failureOf, type Ref, startSystem } from "./support/start.js";

noLeftovers();

describe("an actor with restarts", () => {
  it("is made again when its pool is killed, and the same reference reaches it", async () => {
    await using running = await startSystem();
    const tally = (await running.system.create(Tally, [], { restarts: 1 })) as Ref;
    expect(await tally["add"](2)).toBe(2);
    const { pid, incarnation, path } = actorOf(tally);
    await crash(running, tally);
    expect(await tally["add"](1)).toBe(1);
    expect(actorOf(tally)).toMatchObject({ path, incarnation: incarnation + 1 });
    expect(actorOf(tally).pid).not.toBe(pid);
  });

  it("fails calls that were in flight, which may have had their effect, and no others", async () => {
    await using running = await startSystem();
    const tally = (await running.system.create(Tally, [], { restarts: 1 })) as Ref;
    await tally["add"](1);
    const held = failureOf(tally["hold"]());
    process.kill(actorOf(tally).pid!, "SIGKILL");
    expect(await held).toMatchObject({ code: "ERR_ACTOR_DIED", retryable: true });
    expect(await tally["add"](1)).toBe(1);
  });

  it.each([1, 2])("is called again by those who ask for it with retries, of %i pools", async (pools) => {
    await using running = await startSystem({ pools });
    const tally = (await running.system.create(Tally, [], { restarts: 1, concurrency: 2 })) as Ref;
    const held = tally["hold"].with({ retries: 2 })() as Promise<string>;
    expect(await tally["add"](1)).toBe(1);
    await crash(running, tally);
    await waitUntil(() => tally["letGo"](), { what: "the second hold()" });
    expect(await held).toBe("released");
  });

  it("keeps the order of one caller while it moves", async () => {
    await using running = await startSystem({ pools: 2 });
    const tally = (await running.system.create(Tally, [], { restarts: Infinity })) as Ref;
    await tally["add"](1);
    process.kill(actorOf(tally).pid!, "SIGKILL");
    const results: unknown[] = [];
    const calls = Array.from({ length: 200 }, async (_, index) => {
      try {
        results.push([index, await tally["add"](1)]);
      } catch {
        // It was in flight.
      }
    });
    await Promise.all(calls);
    const counts = results.map((result) => (result as [number, number])[1]);
    expect(counts).toEqual(Array.from({ length: counts.length }, (_, index) => index + 1));
    expect((results as [number, number][]).map(([index]) => index)).toEqual(
      (results as [number, number][]).map(([index]) => index).sort((a, b) => a - b),
    );
  });

  it("is dead when it was made again as often as it may be, and says so", async () => {
    await using running = await startSystem({ pools: 1 });
    const died: unknown[] = [];
    running.system.cluster.on("actor-died", ({ actor }) => died.push(actor.path));
    const tally = (await running.system.create(Tally, [], { restarts: { max: 1, backoff: 1 } })) as Ref;
    const events: string[] = [];
    const watching = (async () => {
      for await (const event of watch(tally)) events.push(event);
    })();
    await crash(running, tally);
    await tally["add"](1);
    expect(died).toEqual([]);
    await crash(running, tally);
    expect(await failureOf(tally["add"](1))).toMatchObject({
      code: "ERR_ACTOR_DIED",
      message: expect.stringContaining("SIGKILL"),
    });
    await watching;
    expect(events).toEqual(["restarted", "died"]);
    expect(died).toEqual(["tally-0"]);
    expect(await running.system.find("tally-0")).toBeUndefined();
  });

  it("counts a start that fails, and is dead when there were too many", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-flag-"));
    const flag = join(directory, "broken");
    await using running = await startSystem();
    const options = { restarts: { max: 3, backoff: 1 } };
    const fragile = (await running.system.create(Fragile, [flag], options)) as Ref;
    writeFileSync(flag, "");
    await crash(running, fragile);
    expect(await failureOf(fragile["pid"]())).toMatchObject({
      code: "ERR_ACTOR_DIED",
      message: expect.stringContaining("it is broken"),
    });
    rmSync(directory, { recursive: true });
  });

  it("has children of the same names again, once those that it had have stopped", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-flag-"));
    const flag = join(directory, "may-stop");
    await using running = await startSystem({ pools: 2 });
    const guardian = (await running.system.create(Guardian, [flag], { restarts: 1, pool: "pool-0" })) as Ref;
    const before = actorOf((await guardian["ward"]) as Ref);
    await crash(running, guardian);
    const again = Promise.resolve(guardian["ward"]) as Promise<Ref>;
    await waitUntil(() => running.lines.some((line) => line.includes("lingering")), {
      what: "the child to be stopped",
    });
    writeFileSync(flag, "");
    const after = actorOf(await again);
    expect([after.name, after.incarnation]).toEqual(["ward", before.incarnation + 1]);
    expect(after.id).not.toBe(before.id);
    await kill(guardian);
    const other = (await running.system.create(Lingerer, [flag], { name: "ward" })) as Ref;
    expect(await other["pid"]()).toBe(actorOf(other).pid);
    await stop(other);
    rmSync(directory, { recursive: true });
  });

  it("is stopped for good", async () => {
    await using running = await startSystem();
    const tally = (await running.system.create(Tally, [], { restarts: Infinity })) as Ref;
    await crash(running, tally);
    await stop(tally);
    expect(await failureOf(tally["add"](1))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await running.system.find("tally-0")).toBeUndefined();
  });

  it("moves when its pool is removed", async () => {
    await using running = await startSystem({ pools: 2 });
    const tally = (await running.system.create(Tally, [], { restarts: 1 })) as Ref;
    const { pool } = actorOf(tally);
    await tally["add"](1);
    await running.system.cluster.removePool(pool);
    expect(await tally["add"](1)).toBe(1);
    expect(actorOf(tally).pool).not.toBe(pool);
  });

  it("is reached by references that came before and after, from other actors too", async () => {
    await using running = await startSystem({ pools: 2 });
    const boss = (await running.system.create(Boss, [], { pool: "pool-0" })) as Ref;
    const tally = (await boss["hire"]("first", { restarts: 1, pool: "pool-1" })) as Ref;
    await crash(running, tally);
    expect(await tally["add"](1)).toBe(1);
    expect(await ((await boss["first"]) as Ref)["add"](1)).toBe(2);
    expect(await boss["heard"]).toEqual([["ERR_ACTOR_DIED", "Remote<Tally>(boss-0/tally-0)"]]);
  });
});

it("how often an actor was lost and made again is counted apart from its moves, and from what had its name", async () => {
  await using running = await startSystem({ pools: 2 });
  const { system } = running;
  const restarts = async () => {
    const infos = await system.runtime.insight.actors();
    return infos.find(({ name }) => name === "it")?.restarts;
  };
  await stop(await system.create(Tally, [], { name: "it" }));
  const tally = (await system.create(Tally, [], { name: "it", restarts: 3 })) as Ref;
  expect([actorOf(tally).incarnation, await restarts()]).toEqual([1, 0]);
  await system.cluster.removePool(actorOf(tally).pool);
  await tally["add"](1);
  expect([actorOf(tally).incarnation, await restarts()]).toEqual([2, 0]);
  await crash(running, tally);
  await tally["add"](1);
  expect([actorOf(tally).incarnation, await restarts()]).toEqual([3, 1]);
});

it("a reference that was kept since its process ended reaches its actor where it is now", async () => {
  await using running = await startSystem({ pools: 2 });
  const tally = (await running.system.create(Tally, [], { restarts: 1, pool: "pool-0" })) as Ref;
  const plain = (await running.system.create(Tally, [], { pool: "pool-0" })) as Ref;
  const storage = running.system.runtime.storage.ref as unknown as Ref;
  await storage["put"]("tally", tally);
  await storage["put"]("plain", plain);
  await crash(running, tally);
  const boss = (await running.system.create(Boss, [], { pool: "pool-1" })) as Ref;
  expect(await boss["ask"]("tally")).toBe(1);
  expect(await failureOf(boss["ask"]("plain"))).toMatchObject({ code: "ERR_ACTOR_DIED" });
});

it("a reference says who its actor is, and whether it is made again", async () => {
  await using running = await startSystem();
  const names = ["id", "path", "name", "class", "pool", "host", "pid", "incarnation"];
  const once = await running.system.create(Tally);
  expect(Object.keys(actorOf(once))).toEqual(names);
  const again = await running.system.create(Tally, [], { restarts: 1 });
  expect(Object.keys(actorOf(again))).toEqual([...names, "revives"]);
});

describe("a lazy actor", () => {
  it("is made by its first message, and by the next after it was lost", async () => {
    await using running = await startSystem();
    const tally = (await running.system.create(Tally, [], { lazy: true })) as Ref;
    expect(actorOf(tally)).toMatchObject({ path: "tally-0", pool: "", pid: undefined });
    expect(await tally["add"](1)).toBe(1);
    expect(await tally["add"](1)).toBe(2);
    await crash(running, tally);
    await tally["add"].tell(5);
    expect(await tally["count"]).toBe(5);
  });

  it("says why it cannot be made, each time", async () => {
    const directory = mkdtempSync(join(tmpdir(), "troupe-flag-"));
    const flag = join(directory, "broken");
    writeFileSync(flag, "");
    await using running = await startSystem();
    const fragile = (await running.system.create(Fragile, [flag], { lazy: true })) as Ref;
    for (let time = 0; time < 2; time++)
      expect(await failureOf(fragile["pid"]())).toMatchObject({
        code: "ERR_ACTOR_START",
        message: expect.stringContaining("it is broken"),
        retryable: true,
      });
    rmSync(directory, { recursive: true });
    expect(await fragile["pid"]()).toBe(actorOf(fragile).pid);
  });
});
