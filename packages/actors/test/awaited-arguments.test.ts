import { objects, type ObjectRef } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ActorOptions, actorOf, kill, type Remote, stop, tunnel } from "../src/index.js";
import { Handle } from "../src/remote/handle.js";
import { Lines } from "../src/remote/lines.js";
import { Partner, Scribe } from "./programs/waiting.mjs";
import { failureOf, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  objects.close();
});

/** A value that is to come. */
function coming(): { ref: ObjectRef; come(value: string | number): void; fail(error: Error): void } {
  const expected = objects.expect();
  return {
    ref: expected.ref,
    come: (value) => expected.settle(objects.storeSmall(value)),
    fail: (error) => expected.fail(error),
  };
}

describe.each(routes)("a call of an actor $route, with a reference to what is still to come,", ({ pool }) => {
  const create = (options: ActorOptions = {}): Promise<Remote<Scribe>> =>
    running.system.create(Scribe, [], { pool, ...options });
  const partner = (options: ActorOptions = {}): Promise<Remote<Partner>> =>
    running.system.create(Partner, [], { pool: "pool-1", ...options });

  it("holds nobody up: not even what the value is made by", async () => {
    const scribe = await create();
    const maker = await partner();
    const made = maker.through.remote(scribe, "made");
    expect(await scribe.note.send(made, "noted")).toBe("made");
    expect(await scribe.history()).toEqual(["made", "made", "noted"]);
  });

  it("keeps its place among the messages of its caller, and those of others theirs", async () => {
    const scribe = await create();
    const other = await partner();
    const [first, second] = [coming(), coming()];
    await scribe.note("a");
    const calls = [
      scribe.note.send(first.ref),
      scribe.note.tell("c"),
      scribe.later.send(second.ref),
      scribe.note.batch(scribe.note.delay("e"), scribe.note.delay("f")),
      scribe.history(),
    ];
    await other.through(scribe, "of another");
    second.come("d");
    first.come("b");
    await Promise.all(calls);
    expect(await scribe.history()).toEqual(["a", "of another", "b", "c", "d", "e", "f"]);
    expect(await scribe.log).toEqual(await calls.at(-1));
  });

  it("is the order of an actor that sends it, not of others in its process", async () => {
    const scribe = await create();
    const [one, other] = await Promise.all([partner({ concurrency: "unbounded" }), partner()]);
    const value = coming();
    const both = one.both(scribe, { ref: value.ref }, "after");
    expect(await other.through(scribe, "other")).toBe("other");
    value.come("first");
    expect(await both).toEqual(["first", "after"]);
    expect(await scribe.history()).toEqual(["other", "first", "after"]);
  });

  it("does not hold up what its own caller makes the value by", async () => {
    const scribe = await create();
    for (const home of ["pool-0", "pool-1", "driver-0"]) {
      const caller = await partner({ pool: home, concurrency: "unbounded" });
      expect(await caller.around(scribe, caller, home)).toBe(home);
    }
  });

  it("is never sent when it is cancelled or takes too long; those behind it are", async () => {
    const scribe = await create();
    const value = coming();
    const giveUp = new AbortController();
    const cancelled = scribe.note.with({ signal: giveUp.signal })(value.ref);
    const late = scribe.note.with({ timeout: 5 })(value.ref);
    const behind = scribe.note("behind");
    expect(await failureOf(late)).toMatchObject({ code: "ERR_TIMEOUT" });
    giveUp.abort();
    expect(await failureOf(cancelled)).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await behind).toBe("behind");
    value.come("never");
    expect(await scribe.note("last")).toBe("last");
    expect(await scribe.history()).toEqual(["behind", "last"]);
  });

  it("fails as its object does, and nothing else", async () => {
    const scribe = await create();
    const value = coming();
    const calls = [scribe.note.send(value.ref), scribe.note("next")];
    value.fail(new RangeError("it failed"));
    expect(await failureOf(calls[0]!)).toMatchObject({ name: "RangeError", message: "it failed" });
    expect(await calls[1]).toBe("next");
    const failed = scribe.fail.remote();
    expect(await failureOf(scribe.note.send(failed))).toMatchObject({ name: "RangeError" });
    expect(await scribe.history()).toEqual(["next"]);
  });

  it("has the arguments that it was made with, also when its references are released meanwhile", async () => {
    const scribe = await create();
    const value = coming();
    const noted = scribe.note.send(value.ref, 1);
    const read = objects.retain(value.ref);
    value.ref.release();
    value.come("kept");
    expect(await noted).toBe("kept");
    expect(await objects.get(read)).toBe("kept");
    expect(await scribe.note("next")).toBe("next");
    read.release();
  });

  it("fails when one of its references was released before", async () => {
    const scribe = await create();
    const [value, released] = [coming(), objects.put(1)];
    released.release();
    for (const call of [scribe.note.send(released), scribe.note.send(value.ref, released)]) {
      const { code, cause } = (await failureOf(call)) as { code: string; cause?: { code: string } };
      expect([code, cause?.code]).toContain("ERR_OBJECT_LOST");
    }
    expect(await scribe.note("next")).toBe("next");
    expect(await scribe.history()).toEqual(["next"]);
    value.ref.release();
  });

  it("may be a tell, which is accepted when it is sent", async () => {
    const scribe = await create();
    const [value, bad] = [coming(), coming()];
    let isAccepted = false;
    const told = scribe.note.tell(value.ref).then(() => (isAccepted = true));
    const next = scribe.note.tell(bad.ref);
    await scribe.urgent("first");
    expect(isAccepted).toBe(false);
    value.come("told");
    await told;
    bad.fail(new RangeError("no value"));
    await next;
    await waitUntil(() => running.deadLetters.some(({ error }) => (error as Error).message === "no value"), {
      what: "its dead letter",
    });
    expect(await scribe.history()).toEqual(["first", "told"]);
  });

  it("may be a batch, a stream, one that leaves its result, one of a tunnel", async () => {
    const scribe = await create();
    const value = coming();
    const batch = scribe.note.batch(scribe.note.delay(value.ref), scribe.note.delay("b"));
    const left = scribe.note.remote(value.ref);
    const expected = objects.expect<string[]>();
    const items = collected(scribe.each.send(expected.ref));
    const aside = await tunnel(scribe);
    const [held, behind] = [aside.note.send(value.ref, "tunnel"), aside.note("behind")];
    value.come("a");
    expect(await batch).toEqual(["a", "b"]);
    expect(await objects.get(left)).toBe("a");
    const stored = await objects.store(["x", "y"]);
    expected.settle(stored.stored, stored.refs);
    expect(await items).toEqual(["x", "y"]);
    expect([await held, await behind]).toEqual(["a", "behind"]);
    expect((await scribe.history()).filter((each) => each === "behind" || each === "tunnel")).toEqual([
      "tunnel",
      "behind",
    ]);
    for (const ref of [value.ref, left, expected.ref]) ref.release();
  });

  it("goes before all that waits when its method does, and waits for its own objects alone", async () => {
    const scribe = await create();
    const [slow, own] = [coming(), coming()];
    const noted = scribe.note.send(slow.ref);
    const urgent = scribe.urgent.send(own.ref);
    expect(await scribe.urgent("now")).toBe("now");
    own.come("own");
    expect(await urgent).toBe("own");
    slow.come("slow");
    expect(await noted).toBe("slow");
    expect(await scribe.history()).toEqual(["now", "own", "slow"]);
  });

  it("is sent to an actor that is made by it, and again to one that was lost meanwhile", async () => {
    const scribe = await create({ lazy: true });
    const [value, again] = [coming(), coming()];
    const calls = [scribe.note.send(value.ref), scribe.note("b")];
    value.come("a");
    expect(await Promise.all(calls)).toEqual(["a", "b"]);
    const waiting = scribe.note.with({ retries: 5, key: "once" })(again.ref);
    const repeated = scribe.note.with({ retries: 5, key: "once" })("not this");
    again.come("again");
    expect([await waiting, await repeated]).toEqual(["again", "again"]);
    expect(await scribe.history()).toEqual(["a", "b", "again"]);
  });

  it("hears that its actor ended", async () => {
    const [stopped, killed] = await Promise.all([create(), create()]);
    const value = coming();
    const calls = [stopped, killed].map((scribe) => scribe.note.send(value.ref));
    await stop(stopped);
    await kill(killed);
    value.come("too late");
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });
});

async function collected(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("a call that waits for its arguments", () => {
  it("fails at once when its actor's process ends, and is not sent when its caller's does", async () => {
    await using own = await startSystem({ pools: 3 });
    const at = (pool: string) => ({ pool });
    const doomed = await own.system.create(Scribe, [], at("pool-0"));
    const caller = await own.system.create(Partner, [], { ...at("pool-1"), concurrency: "unbounded" });
    const scribe = await own.system.create(Scribe, [], at("pool-2"));
    const value = coming();
    const calls = [doomed.note.send(value.ref), doomed.note.tell("behind")];
    const both = caller.both(scribe, { ref: value.ref }, "after");
    expect(await caller.ready()).toBe(true);
    process.kill(actorOf(doomed).pid!, "SIGKILL");
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: "ERR_ACTOR_DIED" });
    process.kill(actorOf(caller).pid!, "SIGKILL");
    expect(await failureOf(both)).toMatchObject({ code: "ERR_ACTOR_DIED" });
    value.come("unsent");
    expect(await scribe.note("alone")).toBe("alone");
    expect(await scribe.history()).toEqual(["alone"]);
    value.ref.release();
  });

  it("is sent again to an actor that is made again", async () => {
    await using own = await startSystem({ pools: 1 });
    const scribe = await own.system.create(Scribe, [], { pool: "pool-0", restarts: { max: 5, backoff: 0 } });
    const value = coming();
    const calls = [scribe.note.send(value.ref), scribe.note("b")];
    await scribe.urgent("before");
    const died = own.system.cluster.pools()[0]!.pid;
    process.kill(died!, "SIGKILL");
    await waitUntil(() => own.system.cluster.pools().some((p) => p.state === "up" && p.pid !== died), {
      what: "the pool to be there again",
    });
    value.come("a");
    expect(await Promise.all(calls)).toEqual(["a", "b"]);
    expect(await scribe.history()).toEqual(["a", "b"]);
    value.ref.release();
  });

  it("fails when the cluster is closed", async () => {
    const own = await startSystem({ pools: 1 });
    const [here, there] = await Promise.all(
      ["driver-0", "pool-0"].map((pool) => own.system.create(Scribe, [], { pool })),
    );
    const value = coming();
    const failures = [here!, there!].flatMap((scribe) =>
      [scribe.note.send(value.ref), scribe.note.tell("behind")].map(failureOf),
    );
    await own.system.close();
    for (const error of await Promise.all(failures))
      expect(["ERR_CLOSED", "ERR_ACTOR_DIED"]).toContain((error as { code: string }).code);
    value.ref.release();
  });

  it("is ERR_MAILBOX_FULL when very many wait", async () => {
    const lines = new Lines(2);
    const record = { id: 1, path: "/scribe", pool: "pool-0" } as Handle["record"];
    const handle = new Handle(undefined, record, false, undefined);
    const value = coming();
    const send = (...args: unknown[]) =>
      lines.send({ handle, kind: 1, name: "note", args }, undefined, {}, (sent) => sent.length);
    const sent = [send(value.ref)!, send(1, 2)!];
    expect(await failureOf(send(1, 2, 3)!)).toMatchObject({ code: "ERR_MAILBOX_FULL" });
    value.come(1);
    expect(await Promise.all(sent)).toEqual([1, 2]);
    expect([lines.size, send(1), lines.concern(handle, 1, [1])]).toEqual([0, undefined, false]);
    value.ref.release();
  });
});
