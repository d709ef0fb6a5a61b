import { processIdentity, uniqueId } from "@troupe/core";
import { describeWithRedis, Harness, type RedisServer, startRedis } from "@troupe/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { openRegistry } from "../src/index.js";
import { LossyLink } from "./lossy-link.js";

describeWithRedis("the Redis driver", () => {
  let redis: RedisServer;
  let raw: Redis;
  beforeAll(async () => {
    redis = await startRedis();
    raw = new Redis(redis.url);
  });
  afterAll(async () => {
    await raw.quit();
    await redis.stop();
  });

  const member = (name: string) => ({
    name,
    component: "worker",
    endpoint: "tcp://127.0.0.1:1",
    incarnation: uniqueId(),
    process: processIdentity(),
  });

  it("keeps all it has under keys of its own, which go by themselves", async () => {
    await using registry = await openRegistry(redis.url);
    await registry.join("pool", member("a"), { ttl: 1_000 });
    await registry.cas("key", await registry.set("key", 1), undefined);
    const keys = await raw.keys("*");
    expect(keys.sort()).toEqual(["troupe:group:pool", "troupe:key:key"]);
    for (const key of keys) expect(await raw.pttl(key)).toBeGreaterThan(0);
  });

  it("works through a flush of the server's scripts", async () => {
    await using registry = await openRegistry(redis.url);
    await registry.set("scripts", 1);
    await raw.script("FLUSH");
    await registry.set("scripts", 2);
    expect((await registry.get("scripts"))?.value).toBe(2);
  });

  it("keeps databases apart", async () => {
    await using zero = await openRegistry(redis.url);
    await using one = await openRegistry(redis.url.replace(/0$/, "1"));
    await zero.set("database", 0);
    expect(await one.get("database")).toBeUndefined();
  });

  it("says that the server answered when it refuses a command", async () => {
    await using registry = await openRegistry(redis.url);
    await raw.set("troupe:key:wrong", "a string, where a hash should be");
    await expect(registry.get("wrong")).rejects.toMatchObject({
      code: "ERR_REGISTRY",
      message: expect.stringContaining("WRONGTYPE") as string,
    });
  });

  it("refuses wrong credentials at once", async () => {
    await raw.call("ACL", "SETUSER", "alice", "on", ">right", "~*", "&*", "+@all");
    const url = (password: string) => redis.url.replace("//", `//alice:${password}@`);
    await using registry = await openRegistry(url("right"));
    await registry.set("credentials", 1);
    await expect(openRegistry(url("wrong"))).rejects.toMatchObject({
      code: "ERR_UNAUTHORIZED",
      message: expect.not.stringContaining("wrong@") as string,
    });
  });

  describe("over a link that is cut", () => {
    it("lets calls wait, and answers them when it is back", async () => {
      await using harness = await Harness.start();
      const link = await harness.cuttable(redis.url);
      await using registry = await openRegistry(link.url);
      await using direct = await openRegistry(redis.url);
      const version = await registry.set("cut", 0);
      link.cut("reset");
      const waiting = registry.cas("cut", version, 1);
      await expect(registry.get("cut", { timeout: 100 })).rejects.toMatchObject({ code: "ERR_REGISTRY" });
      link.restore();
      expect(await waiting).toBe((await direct.get("cut"))?.version);
    });

    it("makes a write once whose answer was lost", async () => {
      await using link = await LossyLink.open(redis.url);
      await using registry = await openRegistry(link.url);
      await using direct = await openRegistry(redis.url);
      const version = await registry.set("once", 0);
      link.loseAnswerTo("once");
      const written = await registry.cas("once", version, 1);
      expect(link.lost).toBe(1);
      expect(await direct.get("once")).toEqual({ value: 1, version: written });
    });

    it("says so when nobody can tell whether a write was made", async () => {
      await using harness = await Harness.start();
      const link = await harness.cuttable(redis.url);
      await using registry = await openRegistry(link.url);
      await using direct = await openRegistry(redis.url);
      const version = await registry.set("unknown", 0);
      link.cut("silent");
      const write = registry.cas("unknown", version, 1);
      const outcome = expect(write).rejects.toMatchObject({
        code: "ERR_REGISTRY",
        message: expect.stringContaining("cannot be told") as string,
      });
      await direct.set("unknown", "of another");
      link.cut("reset");
      link.restore();
      await outcome;
    });
  });
});
