import { connect } from "node:net";

import { expect, it } from "vitest";

import { describeWithRedis, noLeftovers, startRedis } from "../src/index.js";

noLeftovers();

/** Sends one command in Redis's inline form and gives the first reply. */
function ask(url: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.setEncoding("utf8").once("data", (text: string) => {
      socket.destroy();
      resolve(text.trim());
    });
    socket.once("error", reject);
    socket.write(`${command}\r\n`);
  });
}

describeWithRedis("startRedis", () => {
  it("serves on a loopback port of its own", async () => {
    await using one = await startRedis();
    await using two = await startRedis();
    expect(one.url).not.toBe(two.url);
    expect(one.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/0$/);
    expect(one.port).not.toBe(6379);
    expect(await ask(one.url, "SET key one")).toBe("+OK");
    expect(await ask(two.url, "GET key")).toBe("$-1");
  });

  it("comes back on the same port, empty and in a new process", async () => {
    await using redis = await startRedis();
    const { url, pid } = redis;
    await ask(url, "SET key value");
    await redis.kill();
    await expect(ask(url, "PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await redis.restart();
    expect(redis.url).toBe(url);
    expect(redis.pid).not.toBe(pid);
    expect(await ask(url, "GET key")).toBe("$-1");
  });

  it("answers after a freeze what it was asked during it", async () => {
    await using redis = await startRedis();
    await redis.freeze();
    const answer = ask(redis.url, "PING");
    await redis.resume();
    expect(await answer).toBe("+PONG");
  });

  it("stops also when it is frozen", async () => {
    const redis = await startRedis();
    await redis.freeze();
    await redis.stop();
    await redis.stop();
    await expect(ask(redis.url, "PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
