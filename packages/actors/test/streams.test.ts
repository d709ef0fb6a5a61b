import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { actorOf, kill, stop } from "../src/index.js";
import { Streamer } from "./programs/actors.mjs";
import { failureOf, type Ref, routes, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

let running: TestSystem;
beforeAll(async () => {
  running = await startSystem();
});
afterAll(() => running[Symbol.asyncDispose]());

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const numbers = (n: number) => Array.from({ length: n }, (_, index) => index);

describe.each(routes)("a stream $route", ({ pool }) => {
  const create = async () => (await running.system.create(Streamer, [], { pool })) as Ref;

  it("gives the items of a generator in order, without awaiting the call", async () => {
    const streamer = await create();
    expect(await all(streamer["upTo"](1000))).toEqual(numbers(1000));
    expect(await all(streamer["upToLater"](1000))).toEqual(numbers(1000).map((i) => ({ i })));
    expect(await all(streamer["upTo"](0))).toEqual([]);
    expect(await streamer["closed"]).toEqual(["upTo", "upToLater", "upTo"]);
  });

  it("is also what awaiting the call gives", async () => {
    const streamer = await create();
    const stream = await streamer["upTo"](3);
    expect(await stream.next()).toEqual({ done: false, value: 0 });
    expect(await all(stream)).toEqual([1, 2]);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it("comes of any iterator that a method gives; a list can be iterated as well", async () => {
    const streamer = await create();
    expect(await all(streamer["iterator"]())).toEqual([["a", 1]]);
    expect(await all(streamer["list"]())).toEqual([1, 2, 3]);
    expect(await failureOf(all(streamer["number"]()))).toMatchObject({ code: "ERR_CONFIG" });
  });

  it("that fails does so after the items before it", async () => {
    const streamer = await create();
    const seen: unknown[] = [];
    const error = await failureOf(
      (async () => {
        for await (const item of streamer["failAt"](100)) seen.push(item);
      })(),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(seen).toEqual(numbers(100));
  });

  it("left early ends the method there", async () => {
    const streamer = await create();
    for await (const item of streamer["forever"]()) if (item === 10) break;
    await waitUntil(async () => ((await streamer["closed"]) as string[]).includes("forever"), {
      what: "the generator to be closed",
    });
  });

  it("is produced no further than a bound ahead of its consumer", async () => {
    const streamer = await create();
    const stream = await streamer["upTo"](10_000);
    for (let i = 0; i < 10; i++) await stream.next();
    await streamer["number"]();
    expect(await streamer["made"]).toBeLessThan(10 + 2 * 64);
    expect((await all(stream)).length).toBe(9_990);
  });

  it("does not keep other messages of its actor waiting", async () => {
    const streamer = await create();
    for await (const item of streamer["upToLater"](3)) {
      expect(item).toBeTypeOf("object");
      expect(await streamer["number"]()).toBe(5);
    }
  });

  it("runs in the context of its actor", async () => {
    const streamer = await create();
    const { path } = actorOf(streamer);
    expect(await all(streamer["whoAmI"]())).toEqual([path, path]);
  });

  it("ends with its actor: by ERR_ACTOR_DIED", async () => {
    for (const end of [stop, kill]) {
      const streamer = await create();
      const stream = await streamer["forever"]();
      await stream.next();
      await end(streamer);
      expect(await failureOf(all(stream))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    }
  });
});

describe("a stream from another process", () => {
  const create = async () => (await running.system.create(Streamer, [], { pool: "pool-0" })) as Ref;

  it("that has an item which cannot be sent fails there with ERR_NOT_SERIALIZABLE", async () => {
    const streamer = await create();
    const error = await failureOf(all(streamer["functions"]()));
    expect(error).toMatchObject({ code: "ERR_NOT_SERIALIZABLE" });
    expect(await streamer["number"]()).toBe(5);
  });

  it("aborts the signal of the method when it is left", async () => {
    const streamer = await create();
    const stream = await streamer["waiting"]();
    await stream.next();
    await stream.return();
    await waitUntil(async () => ((await streamer["closed"]) as string[]).includes("waiting"), {
      what: "the abort",
    });
  });

  it("that nobody holds any more ends", async () => {
    const streamer = await create();
    await (async () => void (await (await streamer["forever"]()).next()))();
    const { gc } = await import("./support/gc.js");
    await waitUntil(
      async () => {
        gc();
        return ((await streamer["closed"]) as string[]).includes("forever");
      },
      { what: "the dropped stream to be closed" },
    );
  });

  it("can be passed on by a method, which then streams it to its own caller", async () => {
    class Relay {
      relay(streamer: Ref) {
        return streamer["upTo"](5) as unknown;
      }
    }
    const relay = await running.system.create(Relay, [], { pool: "driver-0" });
    const streamer = await create();
    expect(await all((relay as unknown as Ref)["relay"](streamer))).toEqual([0, 1, 2, 3, 4]);
  });
});
