import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Worker } from "./programs/insight.mjs";
import { crash, failureOf, type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

describe("what is known of methods", () => {
  const pools = ["pool-0", "pool-1"];
  let running: TestSystem;
  beforeAll(async () => {
    running = await startSystem({ pools: 2 });
    for (const pool of pools) {
      const worker = (await running.system.create(Worker, [], { pool })) as Ref;
      for (let call = 0; call < 500; call++) await worker["quick"](call);
      for (let call = 0; call < 3; call++) await failureOf(worker["fail"]());
      await worker["last"](30);
      await worker["quick"].batch(worker["quick"].delay(1), worker["quick"].delay(2));
    }
  });
  afterAll(() => running[Symbol.asyncDispose]());
  const methods = (options: object) => running.system.runtime.insight.methods(options);

  it("is the most called, over all processes; a batch counts once", async () => {
    const [first] = await methods({ by: "calls", limit: 1 });
    expect(first).toMatchObject({ class: "Worker", method: "quick", calls: 1_002, errors: 0 });
  });

  it("is those that throw most", async () => {
    const [first] = await methods({ by: "errors" });
    expect(first).toMatchObject({ class: "Worker", method: "fail", calls: 6, errors: 6 });
  });

  it("is the slowest, in all and on average", async () => {
    const all = await methods({ by: "mean" });
    const last = all.find(({ method }) => method === "last")!;
    expect(last).toMatchObject({ calls: 2, errors: 0 });
    expect(last.max).toBeGreaterThanOrEqual(29);
    expect(last.time).toBeGreaterThanOrEqual(58);
    expect(last.mean).toBeCloseTo(last.time / 2);
    expect(all.map(({ mean }) => mean)).toEqual(all.map(({ mean }) => mean).sort((a, b) => b - a));
    const times = (await methods({})).map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it.each([
    [{ by: "size" }, /one of calls, time, mean, errors; "size"/],
    [{ limit: 0 }, /from 1 to 10000; it is 0/],
    [{ limit: 10_001 }, /it is 10001/],
    [{ limit: 1.5 }, /it is 1.5/],
  ])("is not asked for by %j", async (options, message) => {
    const error = await failureOf(methods(options));
    expect(error).toMatchObject({ code: "ERR_CONFIG", message: expect.stringMatching(message) });
  });
});

it("what methods came to does not become less when a process dies, and goes on with its successor", async () => {
  await using test = await startSystem();
  const { cluster, runtime } = test.system;
  const known = async () => {
    const all = await runtime.insight.methods({ limit: 10_000 });
    return all.find(({ class: of, method }) => of === "Worker" && method === "quick");
  };
  const call = async (times: number) => {
    const worker = (await test.system.create(Worker, [], { pool: "pool-0" })) as Ref;
    for (let call = 0; call < times; call++) await worker["quick"](call);
    return worker;
  };
  const worker = await call(100);
  await waitUntil(async () => (await known())?.calls === 100, { what: "the calls" });
  const { time } = (await known())!;
  await crash(test, worker);
  expect(await known()).toMatchObject({ calls: 100, time });
  await call(20);
  await waitUntil(async () => (await known())?.calls === 120, { what: "those of its successor" });
  await cluster.removePool("pool-0");
  expect(await known()).toMatchObject({ calls: 120 });
});

it("what methods came to does not become less while a process does not answer", async () => {
  await using test = await startSystem();
  const { cluster, runtime } = test.system;
  const quick = async () => {
    const all = await runtime.insight.methods({ limit: 10_000 });
    return all.find(({ class: of, method }) => of === "Worker" && method === "quick")?.calls ?? 0;
  };
  const worker = (await test.system.create(Worker, [], { pool: "pool-0" })) as Ref;
  for (let call = 0; call < 10; call++) await worker["quick"](call);
  await waitUntil(async () => (await quick()) === 10, { what: "the calls" });
  const { pid } = cluster.pools()[0]!;
  process.kill(pid!, "SIGSTOP");
  try {
    expect(await quick()).toBe(10);
  } finally {
    process.kill(pid!, "SIGCONT");
  }
});
