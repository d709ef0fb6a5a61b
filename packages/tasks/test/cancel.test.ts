import { writeFileSync } from "node:fs";

import { type ObjectRef, objects } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { cancel } from "../src/index.js";
import {
  add,
  busy,
  cancelGiven,
  cancelInner,
  deaf,
  echo,
  forEver,
  hold,
  inThread,
  Ledger,
  loopInner,
  loopInThread,
  noteDown,
  pid,
  stuckStream,
  untilAborted,
} from "./programs/tasks.mjs";
import { failureOf, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

describe("a task that is cancelled", () => {
  it("never runs when it waits still, for its turn or its arguments", async () => {
    await using running = await startSystem();
    const { file } = running;
    const first = untilAborted.submit(file);
    await running.noted(/^began/);
    const second = noteDown.submit(file, "second");
    const third = noteDown.submit(file, second);
    expect([cancel(second), cancel(second)]).toEqual([true, false]);
    expect(await failureOf(objects.get(second))).toMatchObject({
      code: "ERR_CANCELLED",
      details: { task: "noteDown" },
    });
    expect(await failureOf(objects.get(third))).toMatchObject({ code: "ERR_CANCELLED" });
    cancel(first);
    expect(await objects.get(add.submit(1, 2))).toBe(3);
    expect(running.notes()).not.toContain("second");
  });

  it("fails at once, and hears of it by its signal", async () => {
    await using running = await startSystem();
    const ref = untilAborted.submit(running.file);
    await running.noted(/^began/);
    const pool = pidOf(running);
    expect(cancel(ref)).toBe(true);
    expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    await running.noted("aborted ERR_CANCELLED");
    expect(await objects.get(pid.submit())).toBe(pool);
  });

  it("is over already: nothing happens", async () => {
    await using _ = await startSystem();
    const ref = add.submit(1, 2);
    await objects.get(ref);
    expect(cancel(ref)).toBe(false);
    expect(cancel(objects.put(1))).toBe(false);
    expect(await objects.get(ref)).toBe(3);
    expect(() => cancel(5 as never)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });

  it("is ended with its process when it loops for ever; others that had not begun run", async () => {
    await using running = await startSystem();
    const ref = forEver.submit(running.file);
    await running.noted(/^began/);
    const others = Array.from({ length: 100 }, (_, index) => echo.submit(index));
    cancel(ref);
    expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await objects.get(others)).toHaveLength(100);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(1);
  });

  it("leaves those that began later alone, though they keep the pool from answering", async () => {
    await using running = await startSystem({ pools: [{ cores: [0, 1] }] });
    const first = untilAborted.submit(running.file);
    await running.noted(/^began/);
    const second = busy.submit(1_500);
    await waitUntil(() => running.tasks.submitter.size === 2, { what: "both" });
    await objects.get(add.with({ cpu: 0 }).submit(1, 1)).catch(() => {});
    cancel(first);
    expect(await objects.get(second)).toBeGreaterThan(0);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(0);
  });

  it("may be one that a task submitted", async () => {
    await using running = await startSystem({ pools: 2 });
    expect(await objects.get(cancelInner.submit(running.file))).toEqual([true, "ERR_CANCELLED"]);
  });
});

describe.each(["pool-0", "driver-0"])("a call of an actor in %s whose result is a reference", (pool) => {
  it("is cancelled as a task is: it hears of it by its signal, and what waits behind it never runs", async () => {
    await using running = await startSystem();
    const { file } = running;
    const ledger = await running.system.create(Ledger, [], { pool });
    const first = ledger.untilAborted.remote(file);
    const second = ledger.noteDown.remote(file, "second");
    const waits = async () =>
      (await running.system.runtime.insight.actors()).some(({ mailbox = 0 }) => mailbox > 0);
    await waitUntil(waits, { what: "the second call to be there" });
    expect([cancel(second), cancel(second), cancel(first)]).toEqual([true, false, true]);
    for (const ref of [first, second] as readonly ObjectRef[])
      expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    await running.noted("aborted ERR_CANCELLED");
    const sum = ledger.add.remote(1, 2);
    expect(await objects.get(sum)).toBe(3);
    expect(cancel(sum)).toBe(false);
    expect(running.notes()).toEqual(["began", "aborted ERR_CANCELLED"]);
    expect(objects.stats().store?.objects ?? 0).toBe(0);
  });

  it("may be cancelled by another process that has the reference", async () => {
    await using running = await startSystem();
    const ledger = await running.system.create(Ledger, [], { pool });
    const ref = ledger.untilAborted.remote(running.file);
    await running.noted("began");
    expect(await objects.get(cancelGiven.submit({ ref }))).toBe(true);
    expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    await running.noted("aborted ERR_CANCELLED");
  });
});

describe("a task that does not end when it was given up", () => {
  it("leaves its core to others after a while, and what it gives later is nobody's", async () => {
    await using running = await startSystem({ pools: [{ env: { TROUPE_LOG: "warn" } }] });
    const { file } = running;
    const ref = deaf.submit(file, "end");
    await running.noted("began");
    cancel(ref);
    expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await objects.get(add.submit(1, 2))).toBe(3);
    expect(running.notes()).not.toContain("ended");
    await waitUntil(() => running.lines.some((line) => line.includes("The task deaf was cancelled")), {
      what: "the warning",
    });
    writeFileSync(`${file}.end`, "");
    await running.noted("ended");
    // It has given its core back once: there is one, and not two.
    await objects.get([hold.submit(file, 20), hold.submit(file, 20)]);
    expect(running.notes()).toEqual(["began", "ended", "in", "out", "in", "out"]);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(0);
  });

  it("is run again elsewhere, or there, when it took too long and that was asked for", async () => {
    await using running = await startSystem();
    const limited = deaf.with({ timeout: 50, retries: 1, retryOn: "ERR_TIMEOUT" });
    expect(await failureOf(objects.get(limited.submit(running.file, "never")))).toMatchObject({
      code: "ERR_TIMEOUT",
    });
    expect(running.notes()).toEqual(["began", "began"]);
    expect(await objects.get(add.submit(1, 2))).toBe(3);
  });

  it("may be one that gives items", async () => {
    await using _ = await startSystem();
    for await (const item of stuckStream.submit()) {
      expect(await objects.get(item)).toBe(1);
      break;
    }
    expect(await objects.get(add.submit(1, 2))).toBe(3);
  });
});

describe("a task that takes too long", () => {
  it("fails with ERR_TIMEOUT, whether it listens or loops", async () => {
    await using running = await startSystem();
    const limited = { timeout: 100 };
    const patient = await failureOf(objects.get(untilAborted.with(limited).submit(running.file)));
    expect(patient).toMatchObject({ code: "ERR_TIMEOUT", details: { task: "untilAborted", timeout: 100 } });
    const loop = await failureOf(objects.get(forEver.with(limited).submit(running.file)));
    expect(loop).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await objects.get(add.submit(1, 2))).toBe(3);
  });

  it("fails though it loops as the very first that its pool runs, each time that the pool is started", async () => {
    await using running = await startSystem();
    const limited = forEver.with({ timeout: 100, retries: 1, retryOn: "ERR_TIMEOUT" });
    expect(await failureOf(objects.get(limited.submit(running.file)))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(running.notes()).toHaveLength(2);
    expect(await objects.get(add.submit(1, 2))).toBe(3);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(2);
  });

  it("fails as the first that another pool submits to its pool", async () => {
    await using running = await startSystem({ pools: 2 });
    expect(await objects.get(loopInner.submit(running.file))).toBe("ERR_TIMEOUT");
  });

  it("has its time from its beginning, not while it waits for its turn", async () => {
    await using running = await startSystem();
    const before = hold.submit(running.file, 300);
    expect(await objects.get(add.with({ timeout: 250 }).submit(1, 2))).toBe(3);
    await objects.get(before);
  });

  it("runs again when that was asked for", async () => {
    await using running = await startSystem();
    const limited = untilAborted.with({ timeout: 50, retries: 2, retryOn: "ERR_TIMEOUT" });
    expect(await failureOf(objects.get(limited.submit(running.file)))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(running.notes().filter((note) => note.startsWith("began"))).toHaveLength(3);
  });
});

describe("a loop in a thread", () => {
  it("is ended with its thread alone", async () => {
    await using running = await startSystem();
    const [, pool] = await objects.get(inThread.submit(1, 2));
    const ref = loopInThread.submit();
    const limited = loopInThread.with({ timeout: 100 });
    const timedOut = objects.get(limited.submit());
    cancel(ref);
    expect(await failureOf(objects.get(ref))).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await failureOf(timedOut)).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await objects.get(pid.submit())).toBe(pool);
    expect(running.system.cluster.pools()[0]!.restarts).toBe(0);
  });
});

function pidOf({ system }: TestSystem): number | undefined {
  return system.cluster.pools()[0]!.pid;
}
