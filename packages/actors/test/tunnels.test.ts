import { inspect } from "node:util";

import { decode, encode } from "@troupe/core";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ActorOptions, actorOf, kill, stop, tunnel, tunnelStats } from "../src/index.js";
import { Counter, Gate, Parent, pot, Streamer, Watcher } from "./programs/actors.mjs";
import { Link } from "./programs/links.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

describe.each(routes)("a tunnel to an actor $route", ({ pool }) => {
  const create = async (Class: typeof Gate = Gate, options: ActorOptions = {}) =>
    (await running.system.create(Class, [], { pool, ...options })) as Ref;
  const began = (through: Ref, ...names: string[]) =>
    waitUntil(
      async () => {
        const log = (await through["history"]()) as string[];
        return names.every((name) => log.includes(`begin ${name}`));
      },
      { what: `${names.join(", ")} to begin` },
    );

  it("answers while the actor is busy, also when very much waits for that", async () => {
    const gate = await create();
    const fast = await tunnel(gate);
    const held = gate["hold"]("long");
    const behind = Array.from({ length: 2_000 }, (_, index) => gate["note"](`${index}`) as Promise<string>);
    await began(fast, "long");
    expect(await fast["note"]("past them")).toBe("past them");
    expect(await fast["log"]).toEqual(["begin long", "past them"]);
    await fast["open"]("long");
    expect(await held).toBe("long");
    expect(await Promise.all(behind)).toHaveLength(2_000);
  });

  it("hands over one message at a time, in order, and is beside other tunnels", async () => {
    const gate = await create();
    const [one, other] = [await tunnel(gate, "one"), await tunnel(gate, "other")];
    const calls = [
      one["hold"]("a"),
      one["note"]("b"),
      one["hold"]("c"),
      one["note"].tell("d"),
      one["note"]("e"),
    ];
    await began(other, "a");
    expect(await other["history"]()).toEqual(["begin a"]);
    await other["open"]("a");
    await began(other, "c");
    await other["open"]("c");
    await Promise.all(calls);
    expect(await other["history"]()).toEqual(["begin a", "end a", "b", "begin c", "end c", "d", "e"]);
  });

  it("is the same by the same name, and the same reference wherever it is read", async () => {
    const [gate, parent] = [await create(), await create(Parent)];
    const one = await tunnel(gate, "one");
    expect(await tunnel(gate, "one")).toBe(one);
    expect(await tunnel(await tunnel(gate, "two"), "one")).toBe(one);
    expect(await tunnel(gate)).not.toBe(one);
    expect(await tunnel(gate)).toBe(await tunnel(gate, "tunnel"));
    expect(actorOf(one)).toEqual(actorOf(gate));
    expect(decode(encode({ one }))).toEqual({ one });
    expect((decode(encode([one])) as unknown[])[0]).toBe(one);
    expect(inspect(one)).toBe(`Remote<Gate>(${actorOf(gate).path}, tunnel "one")`);
    const counter = await create(Counter);
    const { ref, same } = (await counter["give"](await tunnel(counter, "x"))) as { ref: Ref; same: boolean };
    expect(ref).toBe(await tunnel(counter, "x"));
    expect(same).toBe(false);
    expect(await parent["find"](actorOf(gate).path)).toBe(gate);
  });

  it("sent to another process is the same queue there", async () => {
    const gate = await create();
    const one = await tunnel(gate, "one");
    const held = one["hold"]("a");
    await began(gate, "a");
    const elsewhere = (await running.system.create(Gate, [], { pool: "pool-1" })) as Ref;
    const sent = elsewhere["holdWith"](one, "b");
    await waitUntil(async () => (await tunnelStats(one)).get("one")?.waiting === 1, { what: "it to wait" });
    expect(await gate["history"]()).toEqual(["begin a"]);
    await gate["open"]("a");
    await began(gate, "b");
    await gate["open"]("b");
    expect(await Promise.all([held, sent])).toEqual(["a", "b"]);
  });

  it("takes all that references take: properties, batches, streams, functions", async () => {
    const counter = await tunnel(await create(Counter));
    expect(await counter["add"](3)).toBe(3);
    expect(await counter["count"]).toBe(3);
    expect(await counter["add"].batch(counter["add"].delay(1), counter["add"].delay(2))).toEqual([4, 6]);
    expect(await counter["add"].with({ timeout: 60_000, retries: 1 })(4)).toBe(10);
    const streamer = await tunnel(await create(Streamer));
    const items: unknown[] = [];
    for await (const item of streamer["upTo"](3)) items.push(item);
    expect(items).toEqual([0, 1, 2]);
    const callable = (await tunnel(
      (await running.system.create(pot, [], { pool })) as never,
    )) as unknown as Ref & ((a: number, b: number) => Promise<number>);
    expect(await callable(1, 2)).toBe(3);
    expect(await callable["size"]).toBe(3);
  });

  it("shows its messages to onMessage, and knows which methods there are", async () => {
    const watcher = await tunnel(await create(Watcher));
    expect(await watcher["double"](4)).toBe(8);
    expect(await watcher["seen"]).toEqual([["double", [4]]]);
    expect(await failureOf(watcher["treble"](4))).toMatchObject({ code: "ERR_METHOD_NOT_FOUND" });
    expect(await failureOf(watcher["hidden"]())).toBeInstanceOf(RangeError);
  });

  it("counts what goes through it, by name", async () => {
    const gate = await create();
    const [one, other] = [await tunnel(gate, "one"), await tunnel(gate, "other")];
    const held = one["hold"]("a");
    const waiting = one["note"]("b");
    await began(other, "a");
    const stats = await tunnelStats(gate);
    expect([...stats.keys()].toSorted()).toEqual(["one", "other"]);
    expect(stats.get("one")).toEqual({
      calls: 1,
      errors: 0,
      waiting: 1,
      running: 1,
      meanMilliseconds: 0,
      maxMilliseconds: 0,
    });
    await other["open"]("a");
    await Promise.all([held, waiting]);
    await one["none"]().catch(() => {});
    const counter = await tunnel(await create(Counter), "c");
    await Promise.allSettled([counter["fail"](), counter["failLater"](), counter["add"](1)]);
    expect((await tunnelStats(counter)).get("c")).toMatchObject({
      calls: 3,
      errors: 2,
      waiting: 0,
      running: 0,
    });
    const after = (await tunnelStats(one)).get("one")!;
    expect(after).toMatchObject({ calls: 2, errors: 0, waiting: 0, running: 0 });
    expect(after.maxMilliseconds).toBeGreaterThan(after.meanMilliseconds);
    expect([...(await tunnelStats(one)).keys()]).toEqual(["one"]);
    expect(await tunnelStats(await create())).toEqual(new Map());
  });

  it("is bounded as mailboxes are, and refuses what is more", async () => {
    const gate = await create(Gate, { mailbox: 2 });
    const one = await tunnel(gate);
    const held = one["hold"]("a");
    await began(gate, "a");
    const settled = Promise.allSettled(["b", "c", "d"].map((name) => one["note"](name) as Promise<string>));
    await waitUntil(async () => (await failureOf(one["note"]("e"))) !== undefined, { what: "a refusal" });
    await gate["open"]("a");
    await held;
    const outcomes = await settled;
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(outcomes[2]).toMatchObject({ reason: { code: "ERR_MAILBOX_FULL" } });
  });

  it("ends with its actor: what waits in it, too", async () => {
    const [stopped, killed] = [await create(), await create()];
    const [one, other] = [await tunnel(stopped), await tunnel(killed)];
    const [finished, dropped] = [failureOf(one["hold"]("a")), failureOf(other["hold"]("a"))];
    const alsoDropped = failureOf(other["note"]("b"));
    await Promise.all([began(stopped, "a"), began(killed, "a")]);
    const stopping = stop(one);
    await kill(other);
    expect(await dropped).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await alsoDropped).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(other["note"]("c"))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(tunnel(killed))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(tunnelStats(killed))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(await failureOf(stopped["open"]("a"))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await kill(stopped);
    await stopping;
    expect(await finished).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });

  it("lets an actor that is stopped finish what waits in it", async () => {
    const gate = await create();
    const one = await tunnel(gate);
    const held = one["hold"]("a");
    const calls = Array.from({ length: 50 }, (_, index) => one["note"](`${index}`) as Promise<string>);
    await waitUntil(async () => (await tunnelStats(gate)).get("tunnel")!.waiting === 50, {
      what: "them to wait",
    });
    await gate["open"]("a");
    await stop(gate);
    expect(await held).toBe("a");
    expect(await Promise.all(calls)).toHaveLength(50);
  });

  it("does not deadlock its actor, and is found when it is part of a circle itself", async () => {
    const link = await create(Link);
    const one = await tunnel(link);
    expect(await link["pass"]([one])).toHaveLength(2);
    expect(await failureOf(link["pass"]([one, one]))).toMatchObject({ code: "ERR_DEADLOCK" });
  });

  it("may be had a thousand times over by name, and not once more", async () => {
    const gate = await create();
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => tunnel(gate, `t${index}`)));
    expect(await failureOf(tunnel(gate, "more"))).toMatchObject({ code: "ERR_MAILBOX_FULL" });
    expect(await (await tunnel(gate, "t999"))["note"]("x")).toBe("x");
  });
});

describe("what cannot be a tunnel", () => {
  it("is ERR_CONFIG", async () => {
    const gate = (await running.system.create(Gate)) as Ref;
    const config = expect.objectContaining({ code: "ERR_CONFIG" }) as unknown;
    for (const bad of [undefined, null, 5, {}, () => 1])
      expect(await failureOf(tunnel(bad as never))).toEqual(config);
    for (const bad of ["", "x".repeat(129), 5, null])
      expect(await failureOf(tunnel(gate, bad as string))).toEqual(config);
    expect(await failureOf(tunnelStats({} as never))).toEqual(config);
    expect(await (await tunnel(gate, "x".repeat(128)))["note"]("x")).toBe("x");
  });

  it("is ERR_PROTOCOL in a message", async () => {
    const { node } = running.system.runtime;
    const gate = (await running.system.create(Gate, [], { pool: "pool-0" })) as Ref;
    const { id } = actorOf(gate);
    const send = (address: unknown) =>
      new Promise((resolve, reject) => {
        const number = node.pending.open("pool-0", resolve, reject);
        void node.transport.send("pool-0", [1, number, address, "note", ["x"]]);
      });
    for (const bad of [
      [id, ""],
      [id, 5],
      [id, "x".repeat(129)],
    ])
      expect(await failureOf(send(bad))).toMatchObject({ code: "ERR_PROTOCOL" });
    expect(await send([id, "new"])).toBe("x");
  });
});
