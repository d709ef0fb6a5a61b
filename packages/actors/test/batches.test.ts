import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Batcher, Counter, Watcher } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

describe.each(routes)("a batch $route", ({ pool }) => {
  const create = async () => (await running.system.create(Counter, [], { pool })) as Ref;

  it("gives the results in order, of methods that return at once and of others", async () => {
    const counter = await create();
    const { add, addLater, echo } = counter;
    expect(await add.batch(add.delay(1), add.delay(2), add.delay(3))).toEqual([1, 3, 6]);
    expect(await addLater.batch(addLater.delay(1), addLater.delay(1))).toEqual([7, 8]);
    expect(await echo.batch(echo.delay(1, "a"), echo.delay())).toEqual([[1, "a"], []]);
    expect(await add.batch()).toEqual([]);
  });

  it("of ten thousand is one message", async () => {
    const { add } = await create();
    const results = await add.batch(...Array.from({ length: 10_000 }, () => add.delay(1)));
    expect(results).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
  });

  it("that holds anything else fails with ERR_BATCH_MIXED, and runs nothing", async () => {
    const counter = await create();
    const other = await create();
    const { add, addLater } = counter;
    for (const wrong of [addLater.delay(1), other["add"].delay(1), { args: [1] }, 1]) {
      const error = await failureOf(add.batch(add.delay(1), wrong));
      expect(error).toMatchObject({ code: "ERR_BATCH_MIXED", details: { index: 1 } });
    }
    expect(await counter["count"]).toBe(0);
  });

  it("fails as a whole with the first item that does, says which that is, and runs none after it", async () => {
    const counter = await create();
    const { addUnlessNegative: add } = counter;
    const error = await failureOf(add.batch(add.delay(1), add.delay(2), add.delay(-1), add.delay(4)));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "negative", details: { index: 2 } });
    expect(await counter["count"]).toBe(3);
  });

  it("goes as one list to the method that takes batches, if there is one", async () => {
    const batcher = (await running.system.create(Batcher, [], { pool })) as Ref;
    const { add, short } = batcher;
    expect(await add.batch(add.delay(1), add.delay(2))).toEqual([2, 3]);
    expect(await add(5)).toBe(6);
    expect(await batcher["batches"]).toEqual([[[1], [2]]]);
    expect(await failureOf(short.batch(short.delay(1)))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("is one message to an actor that sees its messages", async () => {
    const watcher = (await running.system.create(Watcher, [], { pool })) as Ref;
    const { double } = watcher;
    expect(await double.batch(double.delay(1), double.delay(2))).toEqual([2, 4]);
    expect(await watcher["seen"]).toEqual([["double", [[1], [2]]]]);
  });
});
