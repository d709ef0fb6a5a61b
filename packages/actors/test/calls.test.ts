import { isTroupeError, Kind } from "@troupe/core";
import { noLeftovers } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf } from "../src/index.js";
import { handleFrom } from "../src/remote/remote.js";
import { Counter } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

describe.each(routes)("a call $route", ({ pool }) => {
  const create = async (...args: unknown[]) => (await running.system.create(Counter, args, { pool })) as Ref;

  it("gives the result of the method, called on an instance that keeps its state", async () => {
    const counter = await create(5);
    expect(await counter["add"](2)).toBe(7);
    expect(await counter["add"].send(3)).toBe(10);
    expect(await counter["addLater"](1)).toBe(11);
    expect(await counter["secret"]()).toBe(17);
  });

  it("carries arguments and results of every kind", async () => {
    const counter = await create();
    const value = [
      { nested: [1, "two", null, true, 2n ** 70n] },
      new Map([["a", new Set([1])]]),
      new Date(5),
      new Float64Array(1000).fill(0.5),
      undefined,
    ];
    expect(await counter["echo"](...value)).toEqual(value);
    expect(await counter["nothing"]()).toBe(undefined);
    expect(await counter["echo"](null)).toEqual([null]);
  });

  it("fails with the error that the method threw: its class, message, fields and cause", async () => {
    const counter = await create();
    const error = (await failureOf(counter["fail"]("nope"))) as RangeError & { field: unknown };
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: "nope", field: [1] });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain("actors.mjs");
    expect(await failureOf(counter["failLater"]())).toMatchObject({ message: "later" });
    expect(await counter["add"](1)).toBe(1);
  });

  it("of an unknown method fails with ERR_METHOD_NOT_FOUND, which lists those that there are", async () => {
    const counter = await create();
    const error = await failureOf(counter["subtract"](1));
    expect(isTroupeError(error, "ERR_METHOD_NOT_FOUND")).toBe(true);
    expect((error as Error).message).toContain("counter-");
    expect((error as { details: { methods: string[] } }).details.methods).toContain("addLater");
  });

  it.each(["hasOwnProperty", "toString", "onStart", "__defineGetter__", "label", "#secret"])(
    "reaches no member that is not a public method, also past the reference: %s",
    async (name) => {
      const handle = handleFrom(await create());
      const call = running.system.runtime.caller.ask(handle, Kind.call, name, ["x"]);
      expect(await failureOf(call)).toMatchObject({ code: "ERR_METHOD_NOT_FOUND" });
    },
  );

  it("reaches functions among the instance's own properties", async () => {
    const counter = await create();
    expect(await counter["doubled"](4)).toBe(8);
  });

  it("takes references as arguments and gives them as results, and each is the one reference to its actor", async () => {
    const counter = await create();
    const other = await create(10);
    expect(await counter["callAdd"](other, 5)).toBe(15);
    const { ref, same } = await counter["give"](counter);
    expect(same).toBe(true);
    expect(ref).toBe(counter);
    expect((await counter["give"]({ list: [other] })).ref.list[0]).toBe(other);
  });

  it("reads properties in order with calls; methods and what is not there read as undefined", async () => {
    const counter = await create(6);
    const adding = counter["add"](2);
    expect(await counter["count"]).toBe(8);
    expect(await adding).toBe(8);
    expect(await counter["half"]).toBe(4);
    expect(await counter["label"]).toBe("counter");
    expect(await counter["missing"]).toBe(undefined);
    expect(await counter["add"]).toBe(undefined);
    expect(await counter["constructor2"]).toBe(undefined);
    expect(await counter["count"].then((count: number) => count + 1)).toBe(9);
  });

  it("settles after the calls made before it by the same caller, whatever they take", async () => {
    const counter = await create();
    const order: number[] = [];
    await Promise.all([
      counter["addLater"](1).then(() => order.push(1)),
      counter["add"](1).then(() => order.push(2)),
      counter["addLater"](1).then(() => order.push(3)),
    ]);
    expect(order).toEqual([1, 2, 3]);
  });

  it("knows its actor without asking", async () => {
    const counter = await create();
    expect(actorOf(counter)).toMatchObject({ class: "Counter", pool, host: "host-0", incarnation: 0 });
    expect(actorOf(counter).path).toMatch(/^counter-\d+$/);
  });
});

describe("a call in another process", () => {
  const create = async () => (await running.system.create(Counter, [], { pool: "pool-0" })) as Ref;

  it("whose result cannot be sent fails with ERR_NOT_SERIALIZABLE naming the place, and the actor lives", async () => {
    const counter = await create();
    const error = await failureOf(counter["functionInside"]());
    expect(error).toMatchObject({ code: "ERR_NOT_SERIALIZABLE", details: { path: "value.deep[0]" } });
    expect(await counter["add"](1)).toBe(1);
  });

  it("whose arguments cannot be sent fails with ERR_NOT_SERIALIZABLE naming the place, and sends nothing", async () => {
    const counter = await create();
    const error = await failureOf(counter["echo"]({ a: 1 }, { deep: [() => 1] }));
    expect(error).toMatchObject({ code: "ERR_NOT_SERIALIZABLE", details: { path: "args[1].deep[0]" } });
    expect(await counter["add"](1)).toBe(1);
  });

  it("that fails has both stacks: of the method, and of the call", async () => {
    const counter = await create();
    const callIt = async () => (await counter["fail"]()) as unknown;
    const { stack } = (await failureOf(callIt())) as Error;
    expect(stack).toMatch(/RangeError: no\n.*at Counter\.fail .*actors\.mjs/);
    expect(stack).toMatch(
      /--- thrown in pool-0, which was called here ---\n.*at (async )?callIt .*calls\.test\.ts/,
    );
  });

  it("that throws what is no error fails with an error that says it", async () => {
    const counter = await create();
    expect(await failureOf(counter["throwText"]())).toMatchObject({ message: "just text" });
  });
});

describe("limits", () => {
  it("fail arguments and results that are too large with ERR_MESSAGE_TOO_LARGE, and the actor lives", async () => {
    await using small = await startSystem({ limits: { message: 100_000 } });
    const counter = (await small.system.create(Counter)) as Ref;
    const error = await failureOf(counter["echo"]("x".repeat(200_000)));
    expect(error).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
    expect(await counter["add"](1)).toBe(1);
    const create = small.system.create(Counter, ["x".repeat(200_000)]);
    expect(await failureOf(create)).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
    expect(small.system.actors()).toHaveLength(1);
  });
});

describe("isolate", () => {
  it("copies arguments and results within a process, which are the very objects otherwise", async () => {
    const { system } = running;
    const plain = (await system.create(Counter, [], { pool: "driver-0" })) as Ref;
    const isolated = (await system.create(Counter, [], { pool: "driver-0", isolate: true })) as Ref;
    const value = { a: 1 };
    expect((await plain["echo"](value))[0]).toBe(value);
    expect((await isolated["echo"](value))[0]).not.toBe(value);
    expect((await isolated["echo"](value))[0]).toEqual(value);
    expect(await failureOf(isolated["echo"](() => 1))).toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    expect(await failureOf(isolated["functionInside"]())).toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    expect(await isolated["add"](1)).toBe(1);
  });
});
