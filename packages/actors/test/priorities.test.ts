import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf, kill, stop, tunnel } from "../src/index.js";
import { Gate, Watcher } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

/** Methods that open a gate, and look at it, have groups of their own: all others wait. */
const besides = {
  concurrency: { keys: "unbounded" as const },
  methods: { open: { concurrencyGroup: "keys" }, history: { concurrencyGroup: "keys" } },
};
const flood = Array.from({ length: 10_000 }, (_, index) => `${index}`);

describe.each(routes)("an actor $route whose mailbox is flooded", ({ pool }) => {
  const create = async () => (await running.system.create(Gate, [], { pool, ...besides })) as Ref;

  /** One that runs, and ten thousand that wait, half of them tells. */
  async function flooded(): Promise<{ gate: Ref; held: Promise<unknown>; notes: Promise<unknown>[] }> {
    const gate = await create();
    const held = gate["hold"]("first") as Promise<unknown>;
    held.catch(() => {});
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, { what: "it to run" });
    const notes = flood.map(
      (text, index) => (index % 2 === 0 ? gate["note"](text) : gate["note"].tell(text)) as Promise<unknown>,
    );
    for (const note of notes) note.catch(() => {});
    return { gate, held, notes };
  }

  it("takes system messages before all of them, in their order: calls, tells and batches", async () => {
    const { gate, held, notes } = await flooded();
    const alarms = [
      gate["alarm"]("1"),
      gate["alarm"].tell("2"),
      gate["alarm"].batch(gate["alarm"].delay("3"), gate["alarm"].delay("4")),
      gate["alarm"].with({ timeout: 60_000 })("5"),
    ];
    // They are in the mailbox when one that was sent after them is.
    await gate["history"]();
    await gate["open"]("first");
    await Promise.all([held, ...alarms, ...notes]);
    const log = (await gate["history"]()) as string[];
    expect(log.slice(0, 7)).toEqual([
      "begin first",
      "end first",
      ...["1", "2", "3", "4", "5"].map((name) => `alarm ${name}`),
    ]);
    expect(log.slice(7)).toEqual(flood);
  });

  it("is stopped when it has handled them, and takes nothing more", async () => {
    const { gate, held, notes } = await flooded();
    await gate["history"]();
    const stopped = stop(gate);
    const late = failureOf(gate["note"]("late"));
    // What opens it is a message as any, so it has to be on its way before.
    expect(await late).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await kill(gate);
    await stopped;
    expect(await failureOf(held)).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await Promise.allSettled(notes);
  });

  it("is killed at once: each of those that wait hears of it", async () => {
    const { gate, held, notes } = await flooded();
    await kill(gate);
    expect(await failureOf(held)).toMatchObject({ code: "ERR_ACTOR_DIED" });
    const outcomes = await Promise.allSettled(notes.filter((_, index) => index % 2 === 0));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "ERR_ACTOR_DIED" } });
  });

  it("stops by itself after all that waited, with its onStop last", async () => {
    const { gate, held, notes } = await flooded();
    const other = await create();
    await gate["alarm"].tell("before them");
    const telling = gate["tellEnd"](other);
    await gate["open"]("first");
    await telling;
    await stop(gate, "enough");
    await Promise.all([held, ...notes]);
    const [told] = (await other["history"]()) as [string];
    expect(told.endsWith("9998, 9999, stop enough")).toBe(true);
    expect(told.startsWith("begin first, end first, alarm before them, 0, 1")).toBe(true);
  });
});

it("system messages are bounded, too: more than ten thousand are refused", async () => {
  const gate = (await running.system.create(Gate, [], { pool: "pool-0", mailbox: 3, ...besides })) as Ref;
  const held = gate["hold"]("first");
  await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, { what: "it to run" });
  const alarms = flood.map((text) => gate["alarm"](text) as Promise<void>);
  const more = await failureOf(gate["alarm"]("more"));
  expect(more).toMatchObject({ code: "ERR_MAILBOX_FULL", details: { limit: 10_000 } });
  await gate["open"]("first");
  await Promise.all([held, ...alarms]);
});

describe.each(routes)("onMessage of an actor $route", ({ pool }) => {
  it("sees system calls, batches and tells as it sees others", async () => {
    const methods = { double: { system: true } };
    const watcher = (await running.system.create(Watcher, [], { pool, methods })) as Ref;
    expect(await watcher["double"](2)).toBe(4);
    await watcher["double"].tell(3);
    expect(await watcher["double"].batch(watcher["double"].delay(4), watcher["double"].delay(5))).toEqual([
      8, 10,
    ]);
    expect(await watcher["seen"]).toEqual([
      ["double", [2]],
      ["double", [3]],
      ["double", [[4], [5]]],
    ]);
  });
});

describe("a process that is held back by an actor's full mailbox", () => {
  /** More than a process takes of one sender, and than waits at that one. */
  const texts = Array.from({ length: 80 }, (_, index) => `${index}`.padEnd(1024 * 1024, "."));

  it("gets its system messages through nevertheless", async () => {
    const { system } = running;
    const gate = (await system.create(Gate, [], { pool: "pool-0", mailbox: 1, ...besides })) as Ref;
    const held = gate["hold"]("first");
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, { what: "it to run" });
    let accepted = 0;
    const tells = texts.map((text) => (gate["note"].tell(text) as Promise<void>).then(() => accepted++));
    const alarms = [
      gate["alarm"].tell("tell"),
      gate["alarm"]("call"),
      gate["alarm"].with({ timeout: 60_000 })("bounded"),
      gate["alarm"].batch(gate["alarm"].delay("batch")),
    ];
    const nobody = { id: -1, how: "kill", reason: "" };
    for (let i = 0; i < 10; i++) await system.runtime.node.request("pool-0", "end-actor", nobody);
    expect(accepted).toBeLessThan(60);
    // What opens it would have to wait with the others.
    await system.runtime.node.request("pool-0", "urgent", [2, actorOf(gate).id, "open", ["first"]]);
    await Promise.all([held, ...alarms, ...tells]);
    expect(await gate["history"]()).toEqual([
      "begin first",
      "end first",
      ...["tell", "call", "bounded", "batch"].map((name) => `alarm ${name}`),
      ...texts,
    ]);
  });

  it("gets what it has for a tunnel through as well", async () => {
    const { system } = running;
    const gate = (await system.create(Gate, [], { pool: "pool-0", mailbox: 1, ...besides })) as Ref;
    const fast = await tunnel(gate);
    const held = gate["hold"]("first");
    await waitUntil(async () => ((await fast["history"]()) as string[]).length > 0, { what: "it to run" });
    let accepted = 0;
    const tells = texts.map((text) => (gate["note"].tell(text) as Promise<void>).then(() => accepted++));
    await fast["note"].tell("by the tunnel");
    expect(await fast["log"]).toEqual(["begin first", "by the tunnel"]);
    expect(await fast["note"].batch(fast["note"].delay("a"), fast["note"].delay("b"))).toEqual(["a", "b"]);
    expect(accepted).toBeLessThan(60);
    await fast["open"]("first");
    await Promise.all([held, ...tells]);
    expect(await gate["history"]()).toEqual([
      "begin first",
      "by the tunnel",
      "a",
      "b",
      "end first",
      ...texts,
    ]);
  });

  it("can stop and kill that actor", async () => {
    const { system } = running;
    const gate = (await system.create(Gate, [], { pool: "pool-0", mailbox: 1, ...besides })) as Ref;
    const held = failureOf(gate["hold"]("first"));
    await waitUntil(async () => ((await gate["history"]()) as string[]).length > 0, { what: "it to run" });
    const tells = texts.map((text) => gate["note"].tell(text) as Promise<void>);
    const stopped = stop(gate);
    await kill(gate);
    await stopped;
    expect(await held).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await Promise.allSettled(tells);
    const next = (await system.create(Gate, [], { pool: "pool-0" })) as Ref;
    expect(await next["note"]("room again")).toBe("room again");
  });

  it("hears that a message is none which took no credit", async () => {
    const { node } = running.system.runtime;
    for (const bad of [5, [], [4, 1, 2], ["1"]])
      expect(await failureOf(node.request("pool-0", "urgent", bad))).toMatchObject({ code: "ERR_PROTOCOL" });
  });
});
