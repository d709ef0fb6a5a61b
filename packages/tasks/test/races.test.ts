import { rmSync, writeFileSync } from "node:fs";

import { objects } from "@troupe/objects";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { cancel, defineTask } from "../src/index.js";
import { listenOp } from "../src/wire.js";
import { add, Asker, countArguments, echo, hold, largeWhen, loopIf, twoLarge } from "./programs/tasks.mjs";
import { failureOf, startSystem } from "./support/start.js";

noLeftovers();

describe("a process that submits and dies", () => {
  it("is not taken for its successor: what its tasks come to is nobody's", async () => {
    await using running = await startSystem({ pools: 2 });
    const { file, system } = running;
    const asker = await system.create(Asker, [], { pool: "pool-0", restarts: 1 });
    const none = failureOf(asker.ask(file, ["old-a", "old-b"]));
    await running.noted(/^old/, 2);
    process.kill(system.cluster.pools().find(({ id }) => id === "pool-0")!.pid!, "SIGKILL");
    expect(await none).toMatchObject({ code: "ERR_ACTOR_DIED" });
    const answers = asker.ask(file, ["new-a", "new-b"]);
    await running.noted(/^new/);
    for (const text of ["old-a", "old-b"]) writeFileSync(`${file}.${text}`, "");
    await running.noted(/^new/, 2);
    for (const text of ["new-a", "new-b"]) writeFileSync(`${file}.${text}`, "");
    expect(await answers).toEqual(["new-a", "new-b"]);
  });
});

describe("a task that is cancelled while its argument is had anew", () => {
  it("never runs", async () => {
    await using running = await startSystem({ pools: 2 });
    const { file } = running;
    writeFileSync(`${file}.go`, "");
    const argument = largeWhen.with({ retries: 1 }).submit(file, "go");
    await objects.whenReady(argument);
    rmSync(`${file}.go`);
    objects.hostStore.delete((await objects.stored(argument))[0] as number);
    const counted = countArguments.submit(file, argument);
    await running.noted("large", 2);
    expect(cancel(counted)).toBe(true);
    writeFileSync(`${file}.go`, "");
    await objects.get(argument);
    expect(await failureOf(objects.get(counted))).toMatchObject({ code: "ERR_CANCELLED" });
    await objects.get([add.submit(1, 2), add.submit(3, 4)]);
    expect(running.notes().filter((note) => note.endsWith("arguments"))).toEqual([]);
  });
});

describe("a task of which several results are lost", () => {
  it("runs once more for all of them", async () => {
    await using running = await startSystem();
    const [one, two] = twoLarge.with({ retries: 1 }).submit(running.file);
    for (const ref of [one, two]) objects.hostStore.delete((await objects.stored(ref))[0] as number);
    const [ones, twos] = await objects.get([one, two]);
    expect([ones[7], twos[7]]).toEqual([1, 2]);
    expect(running.notes()).toEqual(["two", "two"]);
  });
});

describe("a task that is given up before it was sent", () => {
  it("leaves its place to others", async () => {
    await using running = await startSystem();
    await objects.get(add.submit(1, 2));
    for (let round = 0; round < 20; round++) {
      const refs = Array.from({ length: 20 }, (_, at) => countArguments.submit(running.file, at));
      // Those that were granted a place are sent at the end of a turn, after these.
      for (let turn = 0; turn < round; turn++) await Promise.resolve();
      for (const ref of refs) cancel(ref);
    }
    expect(await objects.get(add.submit(1, 2))).toBe(3);
    expect(running.notes().every((note) => note === "1 arguments")).toBe(true);
    expect(running.tasks.submitter.size).toBe(0);
  });
});

describe("a module that cannot be loaded", () => {
  it("fails its own task, though that was cancelled meanwhile", async () => {
    await using running = await startSystem();
    const { file } = running;
    await objects.get(add.submit(1, 2));
    const module = new URL(`programs/slow-to-fail.mjs?file=${encodeURIComponent(file)}`, import.meta.url);
    const bad = defineTask(function bad() {}, { module: module.href }).submit();
    const good = hold.submit(file, 1);
    await running.noted("loading");
    expect(cancel(bad)).toBe(true);
    // What the pool answers now it has heard after that.
    await running.system.cluster.node.request("pool-0", listenOp, null);
    writeFileSync(`${file}.failed`, "");
    await objects.get(good);
  });
});

describe("a limit", () => {
  it("holds for the first of several that begin in a row", async () => {
    await using _ = await startSystem();
    await objects.get(Array.from({ length: 100 }, () => loopIf.submit(false)));
    const limited = loopIf.with({ timeout: 100 }).submit(true);
    const others = Array.from({ length: 10 }, () => loopIf.submit(false));
    expect(await failureOf(objects.get(limited))).toMatchObject({ code: "ERR_TIMEOUT" });
    await objects.get(others);
  });
});

describe("what is too large for one message", () => {
  it("goes in several, tasks as well as results", async () => {
    await using _ = await startSystem({ limits: { message: 1024 * 1024 } });
    const text = "x".repeat(60_000);
    const refs = Array.from({ length: 60 }, (_, at) => echo.submit(`${text}${at}`));
    for (const [at, [value]] of (await objects.get(refs)).entries()) expect(value).toBe(`${text}${at}`);
  });

  it("fails that task alone", async () => {
    await using _ = await startSystem({ limits: { message: 1024 * 1024 } });
    const text = "x".repeat(60_000);
    const large = echo.submit(...Array.from({ length: 30 }, () => text));
    const others = Array.from({ length: 10 }, (_, at) => add.submit(at, 1));
    expect(await failureOf(objects.get(large))).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
    expect(await objects.get(others)).toHaveLength(10);
  });
});
