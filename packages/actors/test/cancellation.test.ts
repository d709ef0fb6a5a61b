import type { TroupeError } from "@troupe/core";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Gate } from "./programs/actors.mjs";
import { crash, failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

const methods = { open: { concurrencyGroup: "keys" }, history: { concurrencyGroup: "keys" } };
const concurrency = { keys: "unbounded" as const };

describe.each(routes)("a call $route", ({ pool }) => {
  const create = async () => (await running.system.create(Gate, [], { pool, methods, concurrency })) as Ref;
  const logged = (gate: Ref, line: string) =>
    waitUntil(async () => ((await gate["history"]()) as string[]).includes(line), { what: line });
  const aborted = (gate: Ref, line: string) =>
    waitUntil(async () => ((await gate["aborted"]) as string[]).includes(line), { what: line });

  it("with a timeout fails with ERR_TIMEOUT, and aborts the signal of what it started", async () => {
    const gate = await create();
    const error = await failureOf(gate["sleep"].with({ timeout: 20 })("a"));
    expect(error).toMatchObject({ code: "ERR_TIMEOUT", details: { timeout: 20 } });
    expect((error as Error).message).toContain("sleep()");
    await aborted(gate, "a: ERR_TIMEOUT".replace("TIMEOUT", pool === "driver-0" ? "TIMEOUT" : "CANCELLED"));
  });

  it("whose signal aborts fails with ERR_CANCELLED at once, and aborts the signal there", async () => {
    const gate = await create();
    const controller = new AbortController();
    const sleeping = gate["sleep"].with({ signal: controller.signal })("a");
    await logged(gate, "sleep a");
    controller.abort(new Error("no longer wanted"));
    const error = await failureOf(sleeping);
    expect(error).toMatchObject({ code: "ERR_CANCELLED", cause: { message: "no longer wanted" } });
    await aborted(gate, "a: ERR_CANCELLED");
    // The 20 seconds are over: the next has its turn.
    expect(await gate["note"]("next")).toBe("next");
  });

  it("whose signal has aborted before is not sent", async () => {
    const gate = await create();
    const error = await failureOf(gate["note"].with({ signal: AbortSignal.abort() })("a"));
    expect(error).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await gate["history"]()).toEqual([]);
  });

  it("that is cancelled while it waits never begins", async () => {
    const gate = await create();
    const held = gate["hold"]("first");
    await logged(gate, "begin first");
    const controller = new AbortController();
    const waiting = gate["note"].with({ signal: controller.signal })("never");
    const last = gate["note"]("last");
    controller.abort();
    expect(await failureOf(waiting)).toMatchObject({ code: "ERR_CANCELLED" });
    await gate["open"]("first");
    await Promise.all([held, last]);
    expect(await gate["history"]()).toEqual(["begin first", "end first", "last"]);
  });

  it("that is given up in the moment that it was sent, behind others, never begins", async () => {
    const [gate, other] = [await create(), await create()];
    const held = gate["hold"]("first");
    await logged(gate, "begin first");
    const before: unknown[] = [held];
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      before.push(other["note"]("other"), gate["note"]("before"));
      const never = gate["note"].with({ signal: controller.signal })("never");
      controller.abort();
      expect(await failureOf(never)).toMatchObject({ code: "ERR_CANCELLED" });
    }
    await gate["open"]("first");
    await Promise.all(before);
    expect(await gate["history"]()).not.toContain("never");
  });

  it("that settles in time does so as without options", async () => {
    const gate = await create();
    const { signal } = new AbortController();
    expect(await gate["note"].with({ timeout: 60_000, signal, key: "k" })("a")).toBe("a");
    expect(await failureOf(gate["missing"].with({ timeout: 60_000 })())).toMatchObject({
      code: "ERR_METHOD_NOT_FOUND",
    });
  });

  it.each([{ timeout: -1 }, { timeout: NaN }, { retries: -1 }, { retries: 0.5 }])(
    "with options that are wrong fails with ERR_CONFIG: %o",
    async (options) => {
      const gate = await create();
      expect(await failureOf(gate["note"].with(options)("a"))).toMatchObject({ code: "ERR_CONFIG" });
    },
  );

  it("made within one that has a timeout has no more time than that", async () => {
    const gate = await create();
    const outer = (await running.system.create(Gate, [], { pool: "pool-1", methods, concurrency })) as Ref;
    const error = await failureOf(outer["sleepThrough"].with({ timeout: 50 })(gate, "inner"));
    expect(error).toMatchObject({ code: "ERR_TIMEOUT" });
    await waitUntil(
      async () => ((await gate["aborted"]) as string[]).some((line) => line.startsWith("inner")),
      {
        what: "the inner call to be cancelled",
      },
    );
    expect(await outer["note"]("free again")).toBe("free again");
  });
});

describe("retries", () => {
  const full = { mailbox: { limit: 1, full: "reject" as const }, methods, concurrency };

  it("make a call again until the mailbox has room", async () => {
    const gate = (await running.system.create(Gate, [], full)) as Ref;
    const held = gate["hold"]("first");
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, {
      what: "the first to begin",
    });
    const waiting = gate["note"]("a");
    const again = gate["note"].with({ retries: Infinity })("b");
    expect(await failureOf(gate["note"].with({ retries: 1 })("c"))).toMatchObject({
      code: "ERR_MAILBOX_FULL",
    });
    await gate["open"]("first");
    expect(await Promise.all([held, waiting, again])).toEqual(["first", "a", "b"]);
  });

  it("end with the timeout of the call", async () => {
    const gate = (await running.system.create(Gate, [], full)) as Ref;
    const held = gate["hold"]("first");
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, {
      what: "the first to begin",
    });
    const waiting = gate["note"]("a");
    const error = await failureOf(gate["note"].with({ retries: Infinity, timeout: 100 })("b"));
    // Why the last try failed; or that it had not, when the time was over.
    expect(["ERR_MAILBOX_FULL", "ERR_TIMEOUT"]).toContain((error as TroupeError).code);
    await gate["open"]("first");
    await Promise.all([held, waiting]);
  });

  it("do not make a call again that failed by itself, or whose actor is gone for good", async () => {
    class Failing {
      calls = 0;
      fail() {
        this.calls++;
        throw new RangeError("mine");
      }
    }
    const failing = await running.system.create(Failing, [], { pool: "driver-0" });
    const ref = failing as unknown as Ref;
    expect(await failureOf(ref["fail"].with({ retries: 5 })())).toBeInstanceOf(RangeError);
    expect(await ref["calls"]).toBe(1);
  });
});

it("a call whose caller's process ends has its signal aborted, also without a timeout", async () => {
  const gate = (await running.system.create(Gate, [], { pool: "pool-0", methods, concurrency })) as Ref;
  const caller = (await running.system.create(Gate, [], { pool: "pool-1" })) as Ref;
  const calling = failureOf(caller["sleepThrough"](gate, "a"));
  await waitUntil(async () => ((await gate["history"]()) as string[]).includes("sleep a"), {
    what: "the call",
  });
  await crash(running, caller);
  expect(await calling).toMatchObject({ code: "ERR_ACTOR_DIED" });
  // The 20 seconds are over: the next has its turn.
  expect(await gate["note"]("next")).toBe("next");
  expect(await gate["aborted"]).toEqual(["a: ERR_CANCELLED"]);
});
