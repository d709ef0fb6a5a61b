import { describeWithRedis, Harness, type RedisServer, startRedis, waitUntil } from "@troupe/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ClientProcess } from "./client-process.js";
import { livenessTests } from "./liveness-tests.js";

describeWithRedis("processes with Redis", () => {
  let harness: Harness;
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(async () => {
    await harness.close();
  });
  afterAll(async () => {
    await redis.stop();
  });

  livenessTests(() => ({ harness, url: redis.url }));

  describe("when Redis fails", () => {
    it("register again by themselves with one that was killed and comes back empty", async () => {
      const [one, two] = [
        await ClientProcess.start(harness, redis.url),
        await ClientProcess.start(harness, redis.url),
      ];
      await one.join("pool-1", "one");
      await two.join("pool-1", "two");
      await one.watch("pool-1");
      await redis.kill();
      const pending = two.set("key", "waits for Redis");
      await redis.restart();
      await pending;
      await waitUntil(async () => (await two.members("pool-1")).sort().join() === "one,two", {
        what: "both to register again",
      });
      await two.join("pool-1", "new");
      await waitUntil(() => one.watched?.includes("new"), { what: "the watch to go on" });
      expect(one.left).toEqual([]);
      expect([...(one.watched ?? [])].sort()).toEqual(["new", "one", "two"]);
      await one.close();
      await two.close();
    });

    it("keep their places while it is paused for longer than their leases", async () => {
      const [one, two] = [
        await ClientProcess.start(harness, redis.url),
        await ClientProcess.start(harness, redis.url),
      ];
      await one.join("pool-2", "one", 600);
      await two.join("pool-2", "two", 600);
      await one.watch("pool-2");
      await redis.freeze();
      const pending = two.call("block", 1_200).then(() => two.join("pool-2", "new"));
      await waitUntil(() => two.process.lines.some((line) => line.startsWith("answer 1 ")), {
        what: "the leases to run out",
      });
      await redis.resume();
      await pending;
      await waitUntil(() => one.watched?.includes("new"), { what: "the watch to go on" });
      expect(one.left).toEqual([]);
      await one.close();
      await two.close();
    });

    it("come through a link that is cut and restored", async () => {
      const link = await harness.cuttable(redis.url);
      const cut = await ClientProcess.start(harness, link.url);
      const other = await ClientProcess.start(harness, redis.url);
      await cut.join("pool-3", "cut", 600);
      await other.watch("pool-3");
      link.cut("reset");
      await waitUntil(() => other.watched?.length === 0, { what: "the lease to end" });
      link.restore();
      await waitUntil(() => other.watched?.join() === "cut", { what: "it to register again" });
      await cut.close();
      await other.close();
    });
  });
});
