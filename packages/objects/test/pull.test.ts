import { noLeftovers, waitUntil } from "@troupe/testkit";
import { uniqueId } from "@troupe/core";
import { describe, expect, it } from "vitest";

import { Exchanges, failureOf, pattern, put, sha256, sumOf } from "./support/exchanges.js";

const mebibyte = 1024 * 1024;

noLeftovers();

const registries = [
  { where: "memory:", registry: () => `memory:${uniqueId()}` },
  { where: "ipc:", registry: () => `ipc://${process.env["TROUPE_RUNTIME_DIR"]}/registry-${uniqueId()}` },
] as const;

describe.each(registries)("a pull between hosts that meet at $where", ({ registry }) => {
  it.each([0, 1, 1023, mebibyte, 5 * mebibyte + 3])(
    "gives an object of %i bytes as it was",
    async (length) => {
      await using hosts = new Exchanges(registry());
      const [a, b] = await hosts.joinMany(2);
      const object = pattern(length);
      const key = await b!.exchange.pull("host-0", put(a!.store, object));
      expect(await sumOf(b!.store, key)).toBe(sha256(object));
      await waitUntil(() => a!.exchange.stats().lending === 0, { what: "the source to let go" });
      expect(a!.store.stats().pinned).toBe(0);
      expect(b!.exchange.stats()).toEqual({ lending: 0, copies: 0, inFlight: 0 });
    },
  );

  it("of the same object at the same time is one, and later another", async () => {
    await using hosts = new Exchanges(registry());
    const [a, b] = await hosts.joinMany(2);
    const key = put(a!.store, pattern(3 * mebibyte));
    const keys = await Promise.all([1, 2, 3].map(() => b!.exchange.pull("host-0", key)));
    expect(new Set(keys).size).toBe(1);
    expect(b!.store.stats().objects).toBe(1);
    expect(await b!.exchange.pull("host-0", key)).not.toBe(keys[0]);
    expect(b!.store.stats().objects).toBe(2);
  });

  it("of many objects from several hosts keeps within its bounds", async () => {
    await using hosts = new Exchanges(registry());
    const options = { chunkBytes: 64 * 1024, inFlight: 256 * 1024 };
    const [a, b, c] = await hosts.joinMany(3, options);
    const objects = Array.from({ length: 12 }, (_, index) => pattern(700_000 + index, index));
    let most = 0;
    const pulls = objects.map(async (object, index) => {
      const source = index % 2 === 0 ? a! : b!;
      const key = await c!.exchange.pull(source.exchange.name, put(source.store, object));
      return sumOf(c!.store, key);
    });
    const watch = setInterval(() => (most = Math.max(most, c!.exchange.stats().inFlight)), 1);
    const got = await Promise.all(pulls).finally(() => clearInterval(watch));
    expect(got).toEqual(objects.map(sha256));
    expect(most).toBeLessThanOrEqual(options.inFlight);
  });
});

describe("a pull", () => {
  it("keeps the object at its source while it lasts, though it is deleted there", async () => {
    await using hosts = new Exchanges();
    const { store, exchange } = await hosts.join();
    const puller = await hosts.join({ chunkBytes: 1024, window: 1 });
    const object = pattern(2 * mebibyte);
    const key = put(store, object);
    const pulling = puller.exchange.pull(exchange.name, key);
    await waitUntil(() => exchange.stats().lending === 1, { what: "the pull to begin" });
    store.delete(key);
    expect(store.stats().objects).toBe(1);
    expect(await sumOf(puller.store, await pulling)).toBe(sha256(object));
    await waitUntil(() => store.stats().objects === 0, { what: "the object to go" });
  });

  it("of an object that is not there is ERR_OBJECT_LOST, and says who said so", async () => {
    await using hosts = new Exchanges();
    const [, b] = await hosts.joinMany(2);
    const error = await failureOf(b!.exchange.pull("host-0", 77));
    expect(error).toMatchObject({ code: "ERR_OBJECT_LOST", details: { hosts: ["host-0"] } });
    expect(error.cause).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });

  it("from a host that is not there is ERR_OBJECT_LOST", async () => {
    await using hosts = new Exchanges();
    const { exchange } = await hosts.join();
    const error = await failureOf(exchange.pull("host-9", 1));
    expect(error.code).toBe("ERR_OBJECT_LOST");
    expect(error.cause).toMatchObject({ code: "ERR_PEERS_MISSING" });
  });

  it("tries the others that have it when one has not", async () => {
    await using hosts = new Exchanges();
    const [, b, c] = await hosts.joinMany(3);
    const object = pattern(mebibyte);
    const others = new Map([
      ["host-9", 4],
      ["host-1", put(b!.store, object)],
    ]);
    const key = await c!.exchange.pull("host-0", 1, { others });
    expect(await sumOf(c!.store, key)).toBe(sha256(object));
  });

  it("into a full store is ERR_STORE_FULL, and the source lets go", async () => {
    await using hosts = new Exchanges();
    const { store, exchange } = await hosts.join();
    const small = await hosts.join({ capacity: mebibyte });
    const error = await failureOf(small.exchange.pull(exchange.name, put(store, pattern(2 * mebibyte))));
    expect(error.code).toBe("ERR_STORE_FULL");
    await waitUntil(() => exchange.stats().lending === 0, { what: "the source to let go" });
    expect(small.store.stats().objects).toBe(0);
  });

  it("goes on with what it has from another host when its source leaves", async () => {
    await using hosts = new Exchanges();
    const slow = { chunkBytes: 1024, window: 1 };
    const a = await hosts.join();
    const b = await hosts.join();
    const c = await hosts.join(slow);
    const object = pattern(2 * mebibyte);
    const others = new Map([[b.exchange.name, put(b.store, object)]]);
    const pulling = c.exchange.pull(a.exchange.name, put(a.store, object), { others });
    await waitUntil(() => a.exchange.stats().lending === 1, { what: "the pull to begin" });
    await a.exchange.close();
    expect(await sumOf(c.store, await pulling)).toBe(sha256(object));
  });

  it("whose only source leaves is ERR_OBJECT_LOST, and nothing of it stays", async () => {
    await using hosts = new Exchanges();
    const a = await hosts.join();
    const b = await hosts.join({ chunkBytes: 1024, window: 2 });
    const pulling = failureOf(b.exchange.pull(a.exchange.name, put(a.store, pattern(4 * mebibyte))));
    await waitUntil(() => b.store.stats().objects === 1, { what: "the pull to begin" });
    await a.exchange.close();
    expect(await pulling).toMatchObject({ code: "ERR_OBJECT_LOST" });
    expect(b.store.stats()).toMatchObject({ objects: 0, memory: 0 });
    expect(b.exchange.stats().inFlight).toBe(0);
    expect(a.store.stats().pinned).toBe(0);
  });

  it("gives up a source whose chunks do not come", async () => {
    await using hosts = new Exchanges();
    const { exchange, store } = await hosts.join({ stallTimeout: 50 });
    await hosts.joinImpostor("mute", ({ type }) =>
      type === "object-open" ? { byteLength: 5000 } : undefined,
    );
    const error = await failureOf(exchange.pull("mute", 1));
    expect(error.code).toBe("ERR_OBJECT_LOST");
    expect(error.cause).toMatchObject({ code: "ERR_TIMEOUT", details: { peer: "mute" } });
    expect(store.stats().objects).toBe(0);
  });

  it("ends by its signal or timeout for who gave them, and for all when nobody is left", async () => {
    await using hosts = new Exchanges();
    const { exchange, store } = await hosts.join();
    await hosts.joinImpostor("mute", ({ type }) =>
      type === "object-open" ? { byteLength: 5000 } : undefined,
    );
    const stop = new AbortController();
    const first = failureOf(exchange.pull("mute", 1, { signal: stop.signal }));
    const second = failureOf(exchange.pull("mute", 1, { timeout: 30 }));
    expect(await second).toMatchObject({ code: "ERR_TIMEOUT" });
    await waitUntil(() => store.stats().objects === 1, { what: "the first to go on" });
    stop.abort();
    expect(await first).toMatchObject({ code: "ERR_CANCELLED" });
    await waitUntil(() => store.stats().objects === 0, { what: "its memory to go" });
    expect(exchange.stats().inFlight).toBe(0);
  });

  it("ends with ERR_CLOSED when its own host leaves", async () => {
    await using hosts = new Exchanges();
    const { exchange, store } = await hosts.join();
    await hosts.joinImpostor("mute", ({ type }) =>
      type === "object-open" ? { byteLength: 5000 } : undefined,
    );
    const pulling = failureOf(exchange.pull("mute", 1));
    await waitUntil(() => store.stats().objects === 1, { what: "the pull to begin" });
    await exchange.close();
    expect(await pulling).toMatchObject({ code: "ERR_CLOSED" });
    expect(store.stats().objects).toBe(0);
    expect(await failureOf(exchange.pull("mute", 1))).toMatchObject({ code: "ERR_CLOSED" });
  });
});
