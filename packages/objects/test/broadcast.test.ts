import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { type ExchangeHost, Exchanges, failureOf, pattern, put, sha256, sumOf } from "./support/exchanges.js";

const mebibyte = 1024 * 1024;

noLeftovers();

/** Whether nothing is under way any more. */
function areIdle(hosts: readonly ExchangeHost[]): boolean {
  return hosts.every(({ exchange }) => {
    const { lending, copies, inFlight } = exchange.stats();
    return lending + copies + inFlight === 0;
  });
}

describe("a broadcast", () => {
  it.each([1, 2, 4])(
    "with fanout %i brings an object to every host, and says under which key",
    async (fanout) => {
      await using group = new Exchanges();
      const hosts = await group.joinMany(5, { chunkBytes: 64 * 1024 });
      const [root, ...rest] = hosts;
      const object = pattern(3 * mebibyte + 17);
      const key = put(root!.store, object);
      const names = rest.map(({ exchange }) => exchange.name);
      const { copies, failed } = await root!.exchange.broadcast(key, names, { fanout });
      expect([...copies.keys()]).toEqual(names);
      expect(failed.size).toBe(0);
      for (const { exchange, store } of rest)
        expect(await sumOf(store, copies.get(exchange.name)!)).toBe(sha256(object));
      await waitUntil(() => areIdle(hosts), { what: "all to be over" });
      for (const { store } of hosts) expect(store.stats()).toMatchObject({ objects: 1, pinned: 0 });
    },
  );

  it("leaves out a host that fails, and feeds those behind it by another", async () => {
    await using group = new Exchanges();
    const root = await group.join();
    const full = await group.join({ capacity: mebibyte });
    const last = await group.join();
    const object = pattern(2 * mebibyte);
    // A chain: the one in the middle has no room.
    const names = [full.exchange.name, "nobody", last.exchange.name];
    const { copies, failed } = await root.exchange.broadcast(put(root.store, object), names, { fanout: 1 });
    expect([...copies.keys()]).toEqual([last.exchange.name]);
    expect(failed.get(full.exchange.name)).toMatchObject({ code: "ERR_STORE_FULL" });
    expect(failed.get("nobody")).toMatchObject({ code: "ERR_PEERS_MISSING" });
    expect(await sumOf(last.store, copies.get(last.exchange.name)!)).toBe(sha256(object));
  });

  it("goes on when a host in the middle leaves half way", async () => {
    await using group = new Exchanges();
    const slow = { chunkBytes: 1024, window: 1 };
    const [root, middle, last] = await group.joinMany(3, slow);
    const object = pattern(2 * mebibyte);
    const names = [middle!.exchange.name, last!.exchange.name];
    const running = root!.exchange.broadcast(put(root!.store, object), names, { fanout: 1 });
    await waitUntil(() => middle!.exchange.stats().lending === 1, { what: "the middle to feed the last" });
    await middle!.exchange.close();
    const { copies, failed } = await running;
    expect([...failed.keys()]).toEqual([names[0]]);
    expect(await sumOf(last!.store, copies.get(names[1]!)!)).toBe(sha256(object));
    expect(middle!.store.stats()).toMatchObject({ objects: 0, memory: 0 });
  });

  it("that is cancelled leaves nothing at any host", async () => {
    await using group = new Exchanges();
    const hosts = await group.joinMany(4, { chunkBytes: 1024, window: 1 });
    const [root, ...rest] = hosts;
    const names = rest.map(({ exchange }) => exchange.name);
    const stop = new AbortController();
    const key = put(root!.store, pattern(4 * mebibyte));
    const running = failureOf(root!.exchange.broadcast(key, names, { signal: stop.signal }));
    await waitUntil(() => rest.every(({ store }) => store.stats().objects === 1), { what: "all to begin" });
    stop.abort();
    expect(await running).toMatchObject({ code: "ERR_CANCELLED" });
    await waitUntil(() => areIdle(hosts), { what: "all to be over" });
    for (const { store } of rest) expect(store.stats()).toMatchObject({ objects: 0, memory: 0 });
    expect(root!.store.stats()).toMatchObject({ objects: 1, pinned: 0 });
  });

  it("whose root leaves keeps no copy that nobody knows of", async () => {
    await using group = new Exchanges();
    const [root, one, two] = await group.joinMany(3, { chunkBytes: 1024, window: 1 });
    const names = [one!.exchange.name, two!.exchange.name];
    const running = failureOf(root!.exchange.broadcast(put(root!.store, pattern(4 * mebibyte)), names));
    await waitUntil(() => one!.exchange.stats().copies + two!.exchange.stats().copies === 2, {
      what: "both to begin",
    });
    await root!.exchange.close();
    expect(await running).toMatchObject({ code: "ERR_CLOSED" });
    await waitUntil(() => areIdle([one!, two!]), { what: "both to give up" });
    for (const { store } of [one!, two!]) expect(store.stats()).toMatchObject({ objects: 0, memory: 0 });
  });

  it("needs an object, hosts that are others, and a fanout", async () => {
    await using group = new Exchanges();
    const [root] = await group.joinMany(2);
    const key = put(root!.store, pattern(10));
    const broadcast = (hosts: string[], fanout?: number) =>
      failureOf(root!.exchange.broadcast(key, hosts, { ...(fanout !== undefined && { fanout }) }));
    expect(await failureOf(root!.exchange.broadcast(99, ["host-1"]))).toMatchObject({
      code: "ERR_OBJECT_LOST",
    });
    expect(await broadcast(["host-0"])).toMatchObject({ code: "ERR_CONFIG" });
    expect(await broadcast(["host-1", "host-1"])).toMatchObject({ code: "ERR_CONFIG" });
    expect(await broadcast(["host-1"], 0)).toMatchObject({ code: "ERR_CONFIG" });
    expect((await root!.exchange.broadcast(key, [])).copies.size).toBe(0);
    expect(root!.store.stats().pinned).toBe(0);
  });
});
