import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf, stop } from "../src/index.js";
import { Counter } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

describe.each(routes)("a tell $route", ({ pool }) => {
  const create = async () => (await running.system.create(Counter, [], { pool })) as Ref;
  const letter = (path: string, method: string) =>
    waitUntil(() => running.deadLetters.find((it) => it.actor === path && it.method === method), {
      what: `a dead letter of ${path}.${method}`,
    });

  it("is handled in order with calls, and gives nothing", async () => {
    const counter = await create();
    expect(await counter["add"].tell(5)).toBe(undefined);
    void counter["add"].tell(1);
    expect(await counter["add"](1)).toBe(7);
  });

  it("that fails later becomes a dead letter with its actor, method and error", async () => {
    const counter = await create();
    await counter["fail"].tell("told");
    expect((await letter(actorOf(counter).path, "fail")).error).toMatchObject({ message: "told" });
    await counter["missing"].tell();
    expect((await letter(actorOf(counter).path, "missing")).error).toMatchObject({
      code: "ERR_METHOD_NOT_FOUND",
    });
  });

  it("to an actor that is gone becomes a dead letter, and ends nobody who did not wait for it", async () => {
    const counter = await create();
    await stop(counter);
    void counter["add"].tell(1);
    await waitUntil(
      () => running.deadLetters.some(({ error }) => (error as Error).message.includes("was stopped")),
      { what: "the dead letter" },
    );
  });

  it("may be sent later, unless it is cancelled before", async () => {
    const counter = await create();
    const never = counter["add"].tellAfter(60_000, 100);
    const soon = counter["add"].tellAfter(1, 5);
    await waitUntil(async () => (await counter["count"]) === 5, { what: "the late tell" });
    expect(never.cancel()).toBe(true);
    expect(never.cancel()).toBe(false);
    expect(soon.cancel()).toBe(false);
    expect(() => counter["add"].tellAfter(-1, 5)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });
});

it("a tell that cannot be sent rejects", async () => {
  const counter = (await running.system.create(Counter, [], { pool: "pool-0" })) as Ref;
  const error = await failureOf(counter["note"].tell(() => 1));
  expect(error).toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
});

it("dead letters are told of one by one, and logged once in a while", async () => {
  const lines: string[] = [];
  const note = (_fields: object, message: string) => void lines.push(message);
  const log = { debug: () => {}, info: () => {}, warn: note, error: note };
  await using quiet = await startSystem({ log });
  const counter = (await quiet.system.create(Counter, [], { pool: "driver-0" })) as Ref;
  for (let i = 0; i < 50; i++) await counter["fail"].tell("again");
  expect(quiet.deadLetters).toHaveLength(50);
  expect(lines.filter((line) => line.includes("nobody waits for"))).toHaveLength(1);
});
