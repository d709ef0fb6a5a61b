import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { actorOf } from "../src/index.js";
import { Counter, Gate, Parent, Streamer } from "./programs/actors.mjs";
import { failureOf, type Ref, startSystem } from "./support/start.js";

noLeftovers();

describe("a pool that is killed", () => {
  it("settles each of 10,000 calls in flight exactly once", async () => {
    await using running = await startSystem();
    const counter = (await running.system.create(Counter)) as Ref;
    const gate = (await running.system.create(Gate)) as Ref;
    const settled = new Array<number>(10_000).fill(0);
    const outcomes: unknown[] = [];
    const calls = settled.map((_, index) => {
      const call = (index % 2 === 0 ? counter["addLater"](1) : gate["hold"](`${index}`)) as Promise<unknown>;
      return call.then(
        () => settled[index]!++,
        (error: unknown) => {
          settled[index]!++;
          outcomes.push(error);
        },
      );
    });
    await calls[0];
    process.kill(actorOf(counter).pid!, "SIGKILL");
    await Promise.all(calls);
    expect(new Set(settled)).toEqual(new Set([1]));
    expect(outcomes.length).toBeGreaterThanOrEqual(5_000);
    for (const error of outcomes)
      expect(error).toMatchObject({
        code: "ERR_ACTOR_DIED",
        details: { process: "pool-0", signal: "SIGKILL" },
      });
    expect(running.system.runtime.node.pending.size).toBe(0);
  });

  it("ends its streams, is there again, and says of its actors how they ended", async () => {
    await using running = await startSystem();
    const streamer = (await running.system.create(Streamer)) as Ref;
    const stream = await streamer["forever"]();
    await stream.next();
    const { pid } = actorOf(streamer);
    process.kill(pid!, "SIGKILL");
    const error = await failureOf(
      (async () => {
        for await (const _ of stream as AsyncIterable<number>);
      })(),
    );
    expect(error).toMatchObject({ code: "ERR_ACTOR_DIED" });
    await waitUntil(() => running.system.cluster.pools()[0]!.state === "up", { what: "the pool to be back" });
    const late = await failureOf(streamer["number"]());
    expect(late).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect((late as Error).message).toContain("was killed by SIGKILL");
    const counter = (await running.system.create(Counter)) as Ref;
    expect(await counter["add"](1)).toBe(1);
    expect(actorOf(counter).pid).not.toBe(pid);
  });

  it("is told to actors elsewhere that wait for it, and ends the children that it had there", async () => {
    await using running = await startSystem({ pools: 2 });
    const parent = (await running.system.create(Parent, [], { pool: "pool-0" })) as Ref;
    const child = (await parent["make"]("Counter", [], { pool: "pool-1" })) as Ref;
    const gate = (await running.system.create(Gate, [], { pool: "pool-0", concurrency: 2 })) as Ref;
    const waiting = (await running.system.create(Gate, [], { pool: "pool-1" })) as Ref;
    const through = failureOf(waiting["sleepThrough"](gate, "a"));
    await waitUntil(async () => ((await gate["history"]()) as string[]).includes("sleep a"), {
      what: "the sleep",
    });
    process.kill(actorOf(gate).pid!, "SIGKILL");
    expect(await through).toMatchObject({ code: "ERR_ACTOR_DIED", details: { process: "pool-0" } });
    await waitUntil(() => running.system.actors().every(({ id }) => id !== actorOf(child).id), {
      what: "the child to be stopped",
    });
  });
});

it("an answer to a pool that died is not taken for an answer to the next of its name", async () => {
  await using running = await startSystem({ pools: 2 });
  const gate = (await running.system.create(Gate, [], { pool: "pool-1", concurrency: "unbounded" })) as Ref;
  const isHeld = (name: string) => async () =>
    ((await gate["history"]()) as string[]).includes(`begin ${name}`);
  const hold = async (name: string) => {
    const caller = (await running.system.create(Gate, [], { pool: "pool-0" })) as Ref;
    const held = caller["holdAt"](gate, name) as Promise<string>;
    await waitUntil(isHeld(name), { what: `the call of ${name}` });
    return { held, pid: actorOf(caller).pid };
  };
  // Both do the same in their first moments, so that they count their calls alike.
  const first = await hold("first");
  process.kill(first.pid!, "SIGKILL");
  expect(await failureOf(first.held)).toMatchObject({ code: "ERR_ACTOR_DIED" });
  const second = await hold("second");
  await gate["open"]("first");
  await waitUntil(async () => ((await gate["history"]()) as string[]).includes("end first"), {
    what: "the late answer",
  });
  await gate["open"]("second");
  expect(await second.held).toBe("second");
});

describe("a pool that is stopped for a while", () => {
  it("loses nothing, and keeps the order", async () => {
    await using running = await startSystem();
    const counter = (await running.system.create(Counter)) as Ref;
    const { pid } = actorOf(counter);
    await counter["add"](0);
    process.kill(pid!, "SIGSTOP");
    const calls = Array.from({ length: 5_000 }, (_, index) => counter["note"](index) as Promise<void>);
    process.kill(pid!, "SIGCONT");
    await Promise.all(calls);
    expect(await counter["seen"]).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
  });
});

it("a pool in a thread does as one in a process", async () => {
  await using running = await startSystem({ pools: [{ isolation: "thread" }] });
  const counter = (await running.system.create(Counter, [1])) as Ref;
  expect(await counter["add"](2)).toBe(3);
  expect(actorOf(counter).pid).toBe(process.pid);
  expect(await failureOf(counter["fail"]())).toBeInstanceOf(RangeError);
});
