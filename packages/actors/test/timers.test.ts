import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { stop } from "../src/index.js";
import { Clock } from "./programs/supervised.mjs";
import { crash, failureOf, type Ref, startSystem } from "./support/start.js";

noLeftovers();

describe("timers of an actor", () => {
  it("do their work again and again until they are cancelled", async () => {
    await using running = await startSystem();
    const clock = (await running.system.create(Clock)) as Ref;
    await clock["start"](1);
    await waitUntil(async () => (await clock["count"]()) >= 3, { what: "three ticks" });
    expect(await clock["halt"]()).toBe(true);
    expect(await clock["halt"]()).toBe(false);
    const count = await clock["count"]();
    await clock["once"](1);
    await waitUntil(async () => (await clock["count"]()) >= 100, { what: "the other timer" });
    expect(await clock["count"]()).toBe((count as number) + 100);
  });

  it("end with it", async () => {
    await using running = await startSystem();
    const clock = (await running.system.create(Clock, [], { pool: "driver-0" })) as Ref;
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const before = timers();
    for (let timer = 0; timer < 100; timer++) await clock["start"](60_000);
    expect(timers()).toBeGreaterThanOrEqual(before + 100);
    await stop(clock);
    expect(timers()).toBeLessThan(before + 100);
  });

  it("survive work that fails, and refuse times that are none", async () => {
    await using running = await startSystem();
    const clock = (await running.system.create(Clock)) as Ref;
    await clock["failing"](0);
    await clock["once"](1);
    await waitUntil(async () => (await clock["count"]()) === 100, { what: "the next timer" });
    for (const period of [0, -1, Number.NaN, "1", Infinity])
      expect(await failureOf(clock["wrong"](period))).toMatchObject({ code: "ERR_CONFIG" });
  });
});

describe("reminders of an actor", () => {
  it("come once, or again and again", async () => {
    await using running = await startSystem();
    const clock = (await running.system.create(Clock, [], { restarts: 1 })) as Ref;
    await clock["remind"]("once", { after: 1 }, "note", "first", 1);
    await clock["remind"]("often", { every: 1 }, "note", "again");
    await waitUntil(async () => (await clock["reminded"]).length >= 4, { what: "reminders" });
    const reminded = (await clock["reminded"]) as unknown[][];
    expect(reminded.filter(([what]) => what === "first")).toEqual([["first", 1]]);
    expect(await clock["forget"]("often")).toBe(true);
    expect(await clock["forget"]("often")).toBe(false);
  });

  it("come to the one that takes its place, and were there while there was none", async () => {
    await using running = await startSystem();
    const clock = (await running.system.create(Clock, [], { restarts: 1 })) as Ref;
    await clock["remind"]("soon", { after: 300 }, "note", "kept");
    await crash(running, clock);
    await waitUntil(async () => (await clock["reminded"]).length === 1, { what: "the reminder" });
    expect(await clock["reminded"]).toEqual([["kept"]]);
    expect(await clock["forget"]("soon")).toBe(false);
  });

  it("are refused where they would not be kept, and when they are none", async () => {
    await using running = await startSystem();
    const plain = (await running.system.create(Clock)) as Ref;
    expect(await failureOf(plain["remind"]("x", { after: 1 }))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("is not made again"),
    });
    const clock = (await running.system.create(Clock, [], { persist: true })) as Ref;
    for (const time of [{}, { after: -1 }, { every: 0 }, { after: Number.NaN }])
      expect(await failureOf(clock["remind"]("x", time))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(clock["remind"]("x", { after: 1 }, "nothing"))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining('calls "nothing"'),
    });
  });
});
