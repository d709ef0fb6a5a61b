import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterEach, describe, expect, it } from "vitest";

import { actorOf, kill, stop, type ActorSystemOptions } from "../src/index.js";
import { Lingerer, Worker } from "./programs/insight.mjs";
import { failureOf, type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

/** A line that a pool logged. */
interface Line {
  readonly msg: string;
  readonly actor?: string;
  readonly method?: string;
  readonly caller?: string;
  readonly arguments?: readonly string[];
  readonly milliseconds: number;
  readonly untold?: number;
}

let running: TestSystem;
afterEach(() => running[Symbol.asyncDispose]());

/** Pools that log, and for whom a call is slow soon. */
async function start(options: Partial<ActorSystemOptions> = {}): Promise<Ref> {
  running = await startSystem({ slowCall: 40, pools: [{ env: { TROUPE_LOG: "warn" } }], ...options });
  return (await running.system.create(Worker, [], { pool: "pool-0" })) as Ref;
}

const log = (): Line[] =>
  running.lines.flatMap((line) =>
    line.includes('"msg"') ? [JSON.parse(line.slice(line.indexOf("{"))) as Line] : [],
  );

/** The first line, or the one after so many others, that matches. */
async function logged(pattern: RegExp, others = 0): Promise<Line> {
  const found = () => log().filter(({ msg }) => pattern.test(msg))[others];
  await waitUntil(() => found() !== undefined, { what: `a line like ${pattern}` });
  return found()!;
}

describe("a call that takes longer than slowCall", () => {
  it("is logged once when it is over, with its caller and the sizes of its arguments alone", async () => {
    const worker = await start();
    await worker["last"](
      60,
      "secret text",
      new Float32Array(10),
      [1, 2],
      { secret: 1 },
      new Map([[1, 2]]),
      null,
    );
    const line = await logged(/worker-0\.last\(\) took [\d.]+ m?s\./);
    expect(line).toMatchObject({
      actor: "worker-0",
      method: "last",
      caller: "driver-0",
      arguments: [
        "number",
        "string of 11 bytes",
        "Float32Array of 40 bytes",
        "array of 2",
        "object",
        "Map of 1",
        "null",
      ],
    });
    expect(line.milliseconds).toBeGreaterThan(40);
    await worker["say"]("after");
    await waitUntil(() => running.lines.some((text) => text.endsWith("after")), { what: "the line after" });
    expect(log().filter(({ msg }) => msg.includes("took"))).toHaveLength(1);
    expect(running.lines.join("\n")).not.toContain("secret");
  });

  it("is logged while it runs, at ever longer intervals, with what waits behind it", async () => {
    const worker = await start();
    const held = worker["hold"]("a");
    const waiting = worker["quick"](1);
    const first = await logged(
      /worker-0\.hold\(\) has been running for [\d.]+ m?s; 1 message waits behind it/,
    );
    const third = await logged(/hold\(\) has been running/, 2);
    // Each is rounded.
    expect(third.milliseconds).toBeGreaterThanOrEqual(first.milliseconds * 4 - 3);
    await worker["open"]("a");
    await Promise.all([held, waiting]);
    await logged(/hold\(\) took/);
  });

  it("is said to have blocked its process when it let nothing else run", async () => {
    const worker = await start();
    await worker["block"](60);
    const line = await logged(
      /worker-0\.block\(\) blocked its process for [\d.]+ m?s, in which nothing else ran/,
    );
    expect(line).toMatchObject({ method: "block", arguments: ["number"] });
  });

  it("is found also when calls of the method were too short to be timed each", async () => {
    const worker = await start();
    for (let call = 0; call < 2_000; call++) await worker["block"](0);
    await worker["block"](200);
    await logged(
      /worker-0\.block\(\) blocked its process|blocked this process for [\d.]+ m?s.*Worker\.block\(\)/,
    );
  });

  it("is among those named when it blocks its process after it has waited", async () => {
    const worker = await start();
    await worker["blockLater"](200);
    await logged(/Something blocked this process for [\d.]+ m?s.*orker.*\.blockLater\(\)/);
  });

  it("is one of at most ten lines a second; the others are counted", async () => {
    const worker = await start();
    const unbounded = (await running.system.create(Worker, [], {
      pool: "pool-0",
      concurrency: { default: 50, keys: "unbounded" },
    })) as Ref;
    await Promise.all(Array.from({ length: 50 }, () => unbounded["last"](60)));
    await waitUntil(
      async () => {
        await worker["last"](60);
        return log().some(({ untold = 0 }) => untold >= 30);
      },
      { what: "the number of the others" },
    );
  });

  it("is not logged when it is of a method whose own slowCall is 0", async () => {
    running = await startSystem({ slowCall: 40, pools: [{ env: { TROUPE_LOG: "warn" } }] });
    const methods = { hold: { slowCall: 0 } };
    const concurrency = { default: 2, keys: 1 };
    const worker = (await running.system.create(Worker, [], { methods, concurrency })) as Ref;
    const held = worker["hold"]("a") as Promise<unknown>;
    const lasts = worker["last"](400) as Promise<unknown>;
    await logged(/last\(\) has been running/);
    await worker["open"]("a");
    await held;
    await lasts;
    await logged(/last\(\) took/);
    expect(log().filter(({ msg }) => /hold\(\) (took|has been)/.test(msg))).toEqual([]);
  });

  it("is logged nowhere when slowCall is 0", async () => {
    const worker = await start({ slowCall: 0 });
    await worker["last"](100);
    await worker["block"](100);
    await worker["say"]("after");
    await waitUntil(() => running.lines.some((text) => text.endsWith("after")), { what: "the line after" });
    expect(log()).toEqual([]);
  });
});

it("messages that wait long are logged, with what keeps them", async () => {
  const worker = await start();
  const held = worker["hold"]("a");
  const waiting = [worker["quick"](1), worker["quick"](2)];
  await logged(
    /2 messages wait for worker-0, the first of them for [\d.]+ m?s; it runs hold\(\) for [\d.]+ m?s\./,
  );
  await worker["open"]("a");
  await Promise.all([held, ...waiting]);
});

it("an actor that takes long to stop is named, with what it runs", async () => {
  const worker = await start();
  const held = worker["hold"]("a");
  held.catch(() => {});
  await logged(/hold\(\) has been running/);
  const stopped = stop(worker);
  await logged(
    /worker-0 has been stopping for [\d.]+ m?s; it waits for what is in its mailbox, of which it runs hold\(\)/,
  );
  await kill(worker);
  await stopped;
  const lingerer = await running.system.create(Lingerer, [], { pool: "pool-0" });
  const ended = stop(lingerer);
  await logged(/lingerer-0 has been stopping for [\d.]+ m?s; it waits for its onStop\(\)\./);
  await kill(lingerer);
  // It was killed, but never returned.
  ended.catch(() => {});
});

it("a process in which nothing goes on does not look, until something does", async () => {
  await start();
  const { lookout } = running.system.runtime;
  const rests = () => waitUntil(() => !lookout.isTicking, { what: "rest" });
  const local = (await running.system.create(Worker, [], { pool: "driver-0" })) as Ref;
  await rests();
  await local["quick"](1);
  expect(lookout.isTicking).toBe(true);
  await rests();
  const held = local["hold"]("a");
  expect(lookout.isTicking).toBe(true);
  await local["open"]("a");
  await held;
  await rests();
});

it.each([
  ["forget", "nobody waits"],
  ["throwInTimer", "in a timer"],
])(
  "an error that nobody handles, in %s(), ends its pool, whose last words name the actor",
  async (method, text) => {
    const worker = await start({ pools: [{ env: { TROUPE_LOG: "silent" } }] });
    const held = worker["hold"]("a");
    const another = (await running.system.create(Worker, [], { pool: "pool-0" })) as Ref;
    another[method]().catch(() => {});
    expect(await failureOf(held)).toMatchObject({
      code: "ERR_ACTOR_DIED",
      message: expect.stringContaining(
        `Its last words: Unhandled error in ${actorOf(another).path}.${method}(): RangeError: ${text}`,
      ),
    });
  },
);
