import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type ActorInfo, actorOf, kill } from "../src/index.js";
import { Worker } from "./programs/insight.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem({ pools: 2 });
});
afterAll(() => running[Symbol.asyncDispose]());

const create = async (pool: string) => (await running.system.create(Worker, [], { pool })) as Ref;

async function infoOf(ref: Ref): Promise<ActorInfo> {
  const infos = await running.system.runtime.insight.actors();
  return infos.find(({ id }) => id === actorOf(ref).id)!;
}

describe.each(routes)("what is known of an actor $route", ({ pool }) => {
  it("is who it is, what it runs since when and for whom, what waits, and what it has done", async () => {
    const worker = await create(pool);
    expect(await infoOf(worker)).toEqual({
      ...actorOf(worker),
      unresponsive: false,
      mailbox: 0,
      running: [],
      calls: 0,
      errors: 0,
      busy: 0,
      bytes: 0,
      restarts: 0,
    });
    const held = worker["hold"]("a");
    const waiting = [worker["quick"](1), worker["fail"](), worker["failLater"]()];
    await waitUntil(async () => (await infoOf(worker)).mailbox === 3, { what: "messages that wait" });
    const [call] = (await infoOf(worker)).running!;
    expect(call).toEqual({ method: "hold", since: expect.any(Number), caller: "driver-0" });
    await waitUntil(async () => (await infoOf(worker)).running![0]!.since > call!.since, { what: "its age" });
    await worker["open"]("a");
    await Promise.allSettled([held, ...waiting]);
    const after = await infoOf(worker);
    expect(after).toMatchObject({ mailbox: 0, running: [], calls: 5, errors: 2 });
    expect(after.busy).toBeGreaterThanOrEqual(call!.since);
  });

  it("counts the bytes that came from other processes, and no others", async () => {
    const worker = await create(pool);
    await worker["quick"](new Uint8Array(100_000));
    const { bytes } = await infoOf(worker);
    if (pool === "driver-0") expect(bytes).toBe(0);
    else expect(bytes).toBeGreaterThan(100_000);
  });

  it("has all the calls that run side by side", async () => {
    const worker = (await running.system.create(Worker, [], {
      pool,
      concurrency: { default: 3, keys: "unbounded" },
    })) as Ref;
    const held = ["a", "b"].map((name) => worker["hold"](name));
    await waitUntil(async () => (await infoOf(worker)).running!.length === 2, { what: "both calls" });
    await Promise.all(["a", "b"].map((name) => worker["open"](name)));
    await Promise.all(held);
  });

  it("is told to actors as well", async () => {
    const worker = await create(pool);
    const infos = (await worker["infos"]()) as ActorInfo[];
    expect(infos.find(({ id }) => id === actorOf(worker).id)).toMatchObject({
      calls: 1,
      running: [{ method: "infos", caller: "driver-0" }],
    });
    expect(await failureOf(worker["methods"]({ by: "size" }))).toMatchObject({ code: "ERR_CONFIG" });
  });
});

it("a pool that is stuck is said to be so, and holds up nobody", async () => {
  await using two = await startSystem({ pools: 2 });
  const stuck = await two.system.create(Worker, [], { pool: "pool-0" });
  const well = await two.system.create(Worker, [], { pool: "pool-1" });
  process.kill(actorOf(stuck).pid!, "SIGSTOP");
  try {
    const infos = await two.system.runtime.insight.actors();
    expect(infos).toEqual([
      { ...actorOf(stuck), restarts: 0, unresponsive: true },
      {
        ...actorOf(well),
        unresponsive: false,
        mailbox: 0,
        running: [],
        calls: 0,
        errors: 0,
        busy: 0,
        bytes: 0,
        restarts: 0,
      },
    ]);
  } finally {
    process.kill(actorOf(stuck).pid!, "SIGCONT");
  }
});

it("an actor that was killed is not there any more, and those of a cluster that is closed neither", async () => {
  await using other = await startSystem();
  const worker = await other.system.create(Worker);
  await kill(worker);
  expect(await other.system.runtime.insight.actors()).toEqual([]);
  await other.system.close();
  expect(await other.system.runtime.insight.actors()).toEqual([]);
});

it.each([NaN, -1, Infinity, "1 s"])("slowCall cannot be %s", async (slowCall) => {
  const error = await failureOf(startSystem({ slowCall: slowCall as number }));
  expect(error).toMatchObject({ code: "ERR_CONFIG", message: expect.stringContaining("slowCall must be") });
});
