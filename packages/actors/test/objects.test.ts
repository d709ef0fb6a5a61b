import { objects, type ObjectRef } from "@troupe/objects";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Remote } from "../src/index.js";
import { Keeper } from "./programs/objects.mjs";
import { gc } from "./support/gc.js";
import { failureOf, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 3 });
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  objects.close();
});

const keeper = (pool: string): Promise<Remote<Keeper>> => running.system.create(Keeper, [], { pool });
const range = (length = 100_000) => Float64Array.from({ length }, (_, i) => i);
const sumOf = (length: number) => (length * (length - 1)) / 2;

describe.each(routes)("objects and an actor $route", ({ pool }) => {
  it("stand for arguments by their values, and stay references within other arguments", async () => {
    await using actor = await owned(pool);
    const { ref: remote } = actor;
    using large = objects.put(range());
    using small = objects.put(40);
    expect(await remote.sum.send(large)).toBe(sumOf(100_000));
    expect(await remote.add.send(small, 2)).toBe(42);
    await remote.keep({ ref: large });
    expect(await remote.read(7)).toBe(7);
    expect(await remote.sum.batch(remote.sum.delay(large as never), remote.sum.delay(range(3)))).toEqual([
      sumOf(100_000),
      3,
    ]);
  });

  it("are what .remote() gives at once; calls go on with them before they are there", async () => {
    await using actor = await owned(pool);
    const { ref: remote } = actor;
    const values = remote.range.remote(100_000);
    const sum = remote.sum.remote(values);
    const more = remote.add.remote(sum, remote.add.remote(1, 1));
    expect(await objects.get(more)).toBe(sumOf(100_000) + 2);
    expect((await objects.get(values))[99_999]).toBe(99_999);
  });

  it("fail as their call does, and so do calls that they are arguments of", async () => {
    await using actor = await owned(pool);
    const { ref: remote } = actor;
    const failed = remote.fail.remote();
    expect(await failureOf(objects.get(failed))).toMatchObject({ name: "RangeError", message: "it failed" });
    expect(await failureOf(remote.add.send(failed, 1))).toMatchObject({ name: "RangeError" });
    expect(await failureOf(objects.get(remote.stream.remote()))).toMatchObject({
      code: "ERR_NOT_SERIALIZABLE",
    });
    expect(await remote.add(1, 1)).toBe(2);
  });

  it("may be within results, which hold them", async () => {
    await using actor = await owned(pool);
    const { inner, beside } = await objects.get(actor.ref.within.remote());
    expect((await objects.get(inner))[99_999]).toBe(99_999);
    expect(await objects.get(beside)).toBe("small");
  });
});

// In a pool that no test above has left anything in.
describe("an object of another process", () => {
  it("is borrowed for as long as anybody here refers to it", async () => {
    await using actor = await owned("pool-1");
    const ref = await actor.ref.give(100_000);
    await waitUntil(async () => (await actor.ref.stats()).owned === 1, { what: "its owner to know of it" });
    expect((await objects.get(ref))[5]).toBe(5);
    ref.release();
    await waitUntil(async () => (await actor.ref.stats()).owned === 0, { what: "its owner to let go of it" });
  });

  it("is given back when its references are collected", async () => {
    await using actor = await owned("pool-1");
    for (let i = 0; i < 20; i++) void (await actor.ref.give(10));
    await waitUntil(async () => (gc(), (await actor.ref.stats()).owned === 0), {
      what: "all to be given back",
    });
  });

  it("may be passed on, to processes that its owner knows nothing of", async () => {
    await using a = await owned("pool-1");
    await using b = await owned("pool-0");
    await using c = await owned("pool-2");
    const ref = await a.ref.give(100_000);
    await b.ref.keep({ ref });
    ref.release();
    const again = await b.ref.passOn();
    await c.ref.keep({ ref: again });
    again.release();
    await b.ref.drop();
    expect(await c.ref.read(77)).toBe(77);
    await waitUntil(async () => (await a.ref.stats()).owned === 1, {
      what: "all but the borrowed one to go",
    });
    await c.ref.drop();
    await waitUntil(async () => (await a.ref.stats()).owned === 0, { what: "the owner to let go of it" });
  });

  it("comes home to its owner as its own", async () => {
    await using actor = await owned("pool-0");
    using ref = objects.put(range());
    await actor.ref.keep({ ref });
    using home = (await actor.ref.passOn()) as ObjectRef<Float64Array>;
    expect(home.id).toBe(ref.id);
    expect((await objects.get(home))[5]).toBe(5);
    await actor.ref.drop();
  });

  it("cannot be spoilt by those who read it", async () => {
    await using a = await owned("pool-0");
    await using b = await owned("pool-1");
    using ref = objects.put(range());
    for (const { ref: each } of [a, b]) await each.keep({ ref });
    expect(await a.ref.read(5, { spoil: true })).toBe(-1);
    expect(await b.ref.read(5)).toBe(5);
    expect((await objects.get(ref))[5]).toBe(5);
    for (const { ref: each } of [a, b]) await each.drop();
  });

  it("is written to memory of the store when its pool puts one after the other of that length", async () => {
    await using putting = await owned("pool-2");
    const before = objects.stats().store!.memory;
    const places: string[] = [];
    await waitUntil(
      async () => {
        const ref = await putting.ref.put(200_000);
        expect((await objects.get(ref))[199_999]).toBe(199_999);
        const [key] = await objects.stored(ref);
        const { segment } = await objects.hostStore.pin(key as number, "test");
        objects.hostStore.unpin(key as number, "test");
        places.push(segment);
        return segment.startsWith("/troupe.store.");
      },
      { what: "an object in memory of the store" },
    );
    expect(places[0]).toMatch(/^\/troupe\.adopted\./);
    await putting.ref.drop();
    await waitUntil(() => (gc(), objects.stats().store!.memory <= before), {
      what: "what it put, and what was kept for it, to be given back",
    });
  });

  it("is lost when its owner dies; what others put there stays", async () => {
    await using dying = await owned("pool-1");
    using mine = objects.put(range());
    await dying.ref.keep({ ref: mine });
    const theirs = [await dying.ref.give(100_000), await dying.ref.give(10)];
    const before = objects.stats().store!.objects;
    await dying.ref.die.tell();
    for (const ref of theirs) {
      const error = await failureOf(objects.get(ref as ObjectRef));
      expect(error).toMatchObject({ code: "ERR_OBJECT_LOST" });
      expect((error as Error).message).toContain("pool-1");
    }
    expect((await objects.get(mine))[3]).toBe(3);
    await waitUntil(() => objects.stats().store!.objects < before, { what: "its memory to be free" });
  });
});

/** An actor that stops with the test. */
async function owned(pool: string): Promise<AsyncDisposable & { ref: Remote<Keeper> }> {
  const ref = await keeper(pool);
  const { stop } = await import("../src/index.js");
  return {
    ref,
    async [Symbol.asyncDispose]() {
      await stop(ref).catch(() => {});
    },
  };
}
