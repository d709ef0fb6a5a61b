import { describeWithRedis, Harness, type RedisServer, startRedis, waitUntil } from "@troupe/testkit";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";

import { openStorage, Storage } from "../src/index.js";

describeWithRedis("redis:", () => {
  let server: RedisServer;
  const opened: Storage[] = [];
  const open = async (url: string, timeout = 5000) => {
    const storage = await openStorage(url, { timeout });
    opened.push(storage);
    return storage;
  };
  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
    await server.stop();
  });

  /** Talks to the server beside the storage. */
  async function ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(server.url);
    try {
      return await question(client);
    } finally {
      client.disconnect();
    }
  }

  it("keeps stores apart by database and by prefix, watches included", async () => {
    const stores = [
      await open(server.url),
      await open(server.url.replace(/0$/, "1")),
      await open(`${server.url}?prefix=mine`),
    ];
    const watches = stores.map((storage) => storage.watch());
    await Promise.all(watches.map((watch) => watch.ready));
    const ids = await Promise.all(stores.map((storage, i) => storage.put("key", i)));
    for (const [i, storage] of stores.entries()) {
      expect(await storage.get("key")).toBe(i);
      expect((await watches[i]!.next()).value).toEqual({ key: "key", id: ids[i] });
    }
    await stores[0]!.delete("key");
    expect((await watches[0]!.next()).value).toEqual({ key: "key", id: undefined });
    expect(await stores[1]!.get("key")).toBe(1);
  });

  it("does not show the password", async () => {
    await ask((client) => client.config("SET", "requirepass", "secret"));
    const storage = await open(server.url.replace("redis://", "redis://default:secret@"));
    expect(storage.url).toBe(server.url);
    await storage.put("key", 1);
    const refused = open(server.url.replace("redis://", "redis://default:wrong@"));
    await expect(refused).rejects.toMatchObject({ code: "ERR_UNAUTHORIZED" });
    await expect(open(server.url)).rejects.toMatchObject({ code: "ERR_UNAUTHORIZED" });
  });

  it("says where and how long it waited when nobody answers", async () => {
    const storage = await open(server.url);
    await server.freeze();
    const get = storage.get("key", 0, { timeout: 50 });
    await expect(get).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await expect(get).rejects.toThrow(`${server.url} did not answer within 50 ms`);
    await expect(open(server.url, 50)).rejects.toThrow(`${server.url} did not answer within 50 ms`);
    await server.resume();
    expect(await storage.get("key", 0)).toBe(0);
    await server.kill();
    const opening = open(server.url, 50);
    await expect(opening).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await expect(opening).rejects.toThrow(server.url);
  });

  it("opens for whoever has the time, and stops at once when closed", async () => {
    await server.kill();
    const storage = new Storage(server.url);
    const impatient = storage.get("key", 0, { timeout: 30 });
    const patient = storage.get("key", 0);
    await expect(impatient).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await server.restart();
    expect(await patient).toBe(0);
    await storage.close();
    await server.kill();
    const never = new Storage(server.url);
    const refused = expect(never.get("key")).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await never.close();
    await refused;
  });

  it("refuses a URL that names no database", async () => {
    for (const url of ["redis://host/name", "redis://[", "redis://host/1/2"]) {
      await expect(openStorage(url)).rejects.toMatchObject({ code: "ERR_CONFIG" });
    }
  });

  it("never repeats a write whose answer was lost, and repeats reads", async () => {
    await using harness = await Harness.start();
    const link = await harness.cuttable(`tcp://127.0.0.1:${server.port}`);
    const direct = await open(server.url);
    const storage = await open(`redis://${new URL(link.url).host}/0`);
    await storage.incr("count");
    await server.freeze();
    const incr = storage.incr("count");
    const read = storage.get("count");
    const failed = expect(incr).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    link.cut("reset");
    await failed;
    await server.resume();
    link.restore();
    const count = await direct.get<number>("count", 0);
    expect([1, 2]).toContain(count);
    expect([1, 2]).toContain(await read);
    expect(await storage.incr("count")).toBe(await direct.get<number>("count", 0));
  });

  it("waits for a server that comes back, and works on", async () => {
    const storage = await open(server.url);
    await storage.put("key", 1);
    await server.kill();
    const put = storage.put("key", 2);
    await server.restart();
    await put;
    expect(await storage.get("key")).toBe(2);
    expect(await storage.incr("key")).toBe(3);
  });

  it("gives up a call that waits for a server by its signal, and never makes it later", async () => {
    const storage = await open(server.url);
    await server.kill();
    const controller = new AbortController();
    const put = storage.put("key", 1, { signal: controller.signal });
    controller.abort();
    await expect(put).rejects.toMatchObject({ code: "ERR_CANCELLED" });
    await server.restart();
    await storage.put("other", 1);
    expect(await storage.has("key")).toBe(false);
  });

  it("goes on watching over a lost connection when nothing was missed", async () => {
    await using harness = await Harness.start();
    const link = await harness.cuttable(`tcp://127.0.0.1:${server.port}`);
    const storage = await open(`redis://${new URL(link.url).host}/0`);
    const direct = await open(server.url);
    await using watch = storage.watch();
    await watch.ready;
    await direct.put("before", 1);
    expect((await watch.next()).value).toMatchObject({ key: "before" });
    link.cut("reset");
    link.restore();
    await subscribed();
    const id = await direct.put("after", 1);
    expect((await watch.next()).value).toEqual({ key: "after", id });
  });

  it("says so when a watch missed changes while its connection was lost", async () => {
    await using harness = await Harness.start();
    const link = await harness.cuttable(`tcp://127.0.0.1:${server.port}`);
    const storage = await open(`redis://${new URL(link.url).host}/0`);
    const direct = await open(server.url);
    const watch = storage.watch();
    await watch.ready;
    link.cut("reset");
    await direct.put("missed", 1);
    link.restore();
    await expect(watch.next()).rejects.toMatchObject({ code: "ERR_MAILBOX_FULL" });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    await using again = storage.watch();
    await again.ready;
    await direct.put("seen", 1);
    expect((await again.next()).value).toMatchObject({ key: "seen" });
  });

  it("holds no subscription when nobody watches any more", async () => {
    const storage = await open(server.url);
    const watch = storage.watch();
    await watch.ready;
    await subscribed();
    await watch.return();
    await waitUntil(async () => (await subscribers()) === 0, { what: "the subscription to end" });
  });

  it("says that Redis is out of memory", async () => {
    const storage = await open(server.url);
    await ask((client) => client.config("SET", "maxmemory", "1"));
    await expect(storage.put("key", 1)).rejects.toMatchObject({ code: "ERR_STORE_FULL" });
    expect(await storage.has("key")).toBe(false);
  });

  const subscribers = () =>
    ask(async (client) => {
      const channels = (await client.pubsub("CHANNELS")) as string[];
      return channels.length;
    });
  const subscribed = () => waitUntil(async () => (await subscribers()) > 0, { what: "a subscription" });
});
