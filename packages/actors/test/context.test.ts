import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { actorOf, context } from "../src/index.js";
import { Counter, Parent } from "./programs/actors.mjs";
import { type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

function currentPath(): string | undefined {
  try {
    return context().path;
  } catch {
    return undefined;
  }
}

it("what others are told of is no part of the call that it comes from", async () => {
  const within: (string | undefined)[] = [];
  const off = running.system.cluster.on("dead-letter", () => within.push(currentPath()));
  class Caller {
    async callMany(counter: Ref) {
      for (let i = 0; i < 100; i++) await counter["add"](1);
      await Promise.all(
        Array.from({ length: 100 }, () => counter["fail"].tell("on purpose") as Promise<void>),
      );
      return currentPath();
    }
  }
  const counter = (await running.system.create(Counter, [], { pool: "pool-0" })) as Ref;
  const here = (await running.system.create(Counter, [], { pool: "driver-0" })) as Ref;
  const caller = (await running.system.create(Caller, [], { pool: "driver-0" })) as unknown as Ref;
  expect(await caller["callMany"](counter)).toBe("caller-0");
  await here["failLater"].tell();
  await waitUntil(() => within.length === 101, { what: "the dead letters" });
  off();
  expect(new Set(within)).toEqual(new Set([undefined]));
});

it("the lines of a pool are those of the actor that wrote them, also when many write at once", async () => {
  const parents: Ref[] = [];
  for (let i = 0; i < 5; i++)
    parents.push((await running.system.create(Parent, [], { pool: "pool-0" })) as Ref);
  await Promise.all(
    Array.from(
      { length: 100 },
      (_, index) => parents[index % 5]!["sayLater"](`line of ${index % 5}`) as Promise<void>,
    ),
  );
  const said = () => running.lines.filter((line) => line.includes("line of "));
  await waitUntil(() => said().length === 100, { what: "the lines" });
  for (const [index, parent] of parents.entries()) {
    const { path, pid } = actorOf(parent);
    expect(said().filter((line) => line === `(${path} pid=${pid}) line of ${index}`)).toHaveLength(20);
  }
});
