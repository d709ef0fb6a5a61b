import { inspect } from "node:util";

import { decode, encode } from "@troupe/core";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf, stop, watch } from "../src/index.js";
import { Counter, pot } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

describe.each(routes)("a reference to an actor $route", ({ pool }) => {
  const create = async () => (await running.system.create(Counter, [3], { pool })) as Ref;

  it("is not thenable, and shows whose it is", async () => {
    const counter = await create();
    expect(await Promise.resolve(counter)).toBe(counter);
    expect(inspect({ counter })).toBe(`{ counter: Remote<Counter>(${actorOf(counter).path}) }`);
    expect(Object.prototype.toString.call(counter)).toBe("[object Remote]");
    expect(String(counter as unknown)).toBe(`Remote<Counter>(${actorOf(counter).path})`);
    expect(JSON.stringify(counter)).toBe("{}");
    expect(Object.keys(counter)).toEqual([]);
  });

  it("has the same member each time, and none that can be written", async () => {
    const counter = await create();
    expect(counter["add"]).toBe(counter["add"]);
    const { add } = counter;
    expect(await add(1)).toBe(4);
    expect(() => (counter["count"] = 5)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(() => (counter["add"] = 5)).toThrow();
  });

  it("may be stored, and is the same when it is read again", async () => {
    const counter = await create();
    const stored = encode({ list: [counter] });
    expect((decode(stored) as { list: unknown[] }).list[0]).toBe(counter);
  });
});

it("references that nobody holds are collected, and can be had again", async () => {
  const { gc } = await import("./support/gc.js");
  const { references } = running.system.runtime;
  const before = references.size;
  const paths: string[] = [];
  await (async () => {
    for (let i = 0; i < 100; i++) {
      const ref = (await running.system.create(Counter, [i])) as Ref;
      await ref["add"](1);
      paths.push(actorOf(ref).path);
    }
  })();
  await waitUntil(
    () => {
      gc();
      return references.size <= before + 5;
    },
    { what: "the references to be collected" },
  );
  const again = (await running.system.find(paths[7]!)) as Ref;
  expect(await again["add"](1)).toBe(9);
});

it("a reference that is read where no cluster is tells so when it is called", async () => {
  let stored: Buffer;
  const { runtimes } = (globalThis as unknown as Record<symbol, { runtimes: unknown[] }>)[
    Symbol.for("troupe.actors")
  ]!;
  const others = runtimes.splice(0);
  try {
    await using lone = await startSystem();
    stored = encode(await lone.system.create(Counter));
  } finally {
    runtimes.push(...others);
  }
  runtimes.splice(0);
  const ref = decode(stored) as Ref;
  runtimes.push(...others);
  expect(actorOf(ref).path).toBe("counter-0");
  expect(await failureOf(ref["add"](1))).toMatchObject({ code: "ERR_CLOSED" });
  expect(await failureOf(stop(ref))).toMatchObject({ code: "ERR_CLOSED" });
});

it("what is no reference is ERR_CONFIG", async () => {
  const config = expect.objectContaining({ code: "ERR_CONFIG" }) as unknown;
  expect(() => actorOf({})).toThrow(config);
  expect(() => watch(undefined as never)).toThrow(config);
  expect(await failureOf(stop(5 as never))).toEqual(config);
});

describe.each(routes)("a function as an actor $route", ({ pool }) => {
  const create = async () =>
    (await running.system.create(pot, [], { pool })) as unknown as Ref &
      ((...args: number[]) => Promise<number>);

  it("is called by calling its reference, and has members of its own", async () => {
    const ref = await create();
    expect(await ref(1, 2)).toBe(3);
    expect(await ref["send"](1, 2)).toBe(3);
    expect(await ref["size"]).toBe(3);
    expect(await ref["name2"]).toBe("pot");
    expect(await ref["twice"](4)).toBe(8);
    expect(await ref["tell"](1, 2)).toBe(undefined);
    expect(await ref["with"]({ timeout: 60_000 })(1, 2)).toBe(3);
    expect(await ref["batch"](ref["delay"](1, 2), ref["delay"](3, 4))).toEqual([3, 7]);
    expect(await failureOf(ref["apply"](null, [1, 2]))).toMatchObject({ code: "ERR_METHOD_NOT_FOUND" });
  });

  it("may be sent, found and stopped as any", async () => {
    const ref = await create();
    expect(typeof ref).toBe("function");
    expect(await Promise.resolve(ref)).toBe(ref);
    expect(inspect(ref)).toContain("pot");
    const counter = (await running.system.create(Counter, [], { pool })) as Ref;
    expect((await counter["give"](ref)).ref).toBe(ref);
    expect(await running.system.find(actorOf(ref).path)).toBe(ref);
    await stop(ref);
    expect(await failureOf(ref(1, 2))).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });
});
