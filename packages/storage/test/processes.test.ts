import { join } from "node:path";

import { describeWithRedis, Harness, type HarnessProcess, startRedis } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { openStorage } from "../src/index.js";

const programs = new URL("programs/", import.meta.url);
const processes = 8;

async function loseNothing(harness: Harness, url: string, times: number): Promise<void> {
  const children = Array.from({ length: processes }, () =>
    harness.spawn(new URL("contend.mjs", programs), { args: [url, String(times)] }),
  );
  await Promise.all(children.map((child) => child.line("ready")));
  await Promise.all(children.map((child) => child.send("go")));
  await Promise.all(children.map((child) => child.line("done")));
  for (const child of children) expect(await child.exited).toEqual({ code: 0, signal: null });
  await using storage = await openStorage(url);
  expect(await storage.get("count")).toBe(processes * times);
  expect(await storage.get("set")).toBe(processes * times);
  const list = await storage.get<string[]>("list", []);
  const expected = children.flatMap(({ pid }) => Array.from({ length: times }, (_, i) => `${pid}/${i}`));
  expect(list.sort()).toEqual(expected.sort());
}

describe("eight processes that change the same keys lose no change", () => {
  it("in LMDB", async () => {
    await using harness = await Harness.start();
    await loseNothing(harness, `lmdb:${join(harness.directory, "store")}`, 25);
  });

  describeWithRedis("in Redis", () => {
    it("too", async () => {
      await using harness = await Harness.start();
      await using server = await startRedis();
      await loseNothing(harness, server.url, 25);
    });
  });
});

describe("an acknowledged write to LMDB survives a SIGKILL", () => {
  it("of its writer, also amid the writes of others", async () => {
    await using harness = await Harness.start();
    const url = `lmdb:${join(harness.directory, "store")}`;
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round++) {
      const writers = Array.from({ length: 3 }, (_, i) =>
        harness.spawn(new URL("writer.mjs", programs), { args: [url, `${round}-${i}`] }),
      );
      // Each is killed at another point of its work.
      await Promise.all(writers.map((writer, i) => killAfter(writer, `/${3 + 7 * i}/`)));
      for (const writer of writers) {
        const whole = writer.stdout.slice(0, writer.stdout.lastIndexOf("\n"));
        acknowledged.push(...whole.split("\n").filter((line) => line.includes("/")));
      }
    }
    expect(acknowledged.length).toBeGreaterThan(3 * 3 * 8);
    await using storage = await openStorage(url);
    for (const key of acknowledged) expect((await storage.get<{ key: string }>(key))?.key).toBe(key);
    expect(await storage.incr("still writable")).toBe(1);
  });
});

async function killAfter(writer: HarnessProcess, line: string): Promise<void> {
  await writer.line(line);
  await writer.kill("SIGKILL");
}

describe("a watch sees what other processes do", () => {
  async function seesOthers(harness: Harness, url: string): Promise<void> {
    await using storage = await openStorage(url);
    await using watch = storage.watch("watched/");
    const child = harness.spawn(new URL("put-one.mjs", programs), { args: [url] });
    await child.line("ready");
    await watch.ready;
    for (const key of ["watched/1", "ignored", "watched/2"]) await child.send(`${key} -`);
    const [, first] = await child.line(/put watched\/1 (\S+)/);
    const [, second] = await child.line(/put watched\/2 (\S+)/);
    expect((await watch.next()).value).toEqual({ key: "watched/1", id: first });
    expect((await watch.next()).value).toEqual({ key: "watched/2", id: second });
    // The time that a process set which is no more runs out all the same.
    const changes = [watch.next(), watch.next()];
    await child.send("watched/3 50");
    await child.line("put watched/3");
    await child.kill("SIGKILL");
    expect((await changes[0])?.value).toMatchObject({ key: "watched/3" });
    expect((await changes[1])?.value).toEqual({ key: "watched/3", id: undefined });
  }

  it("in LMDB", async () => {
    await using harness = await Harness.start();
    await seesOthers(harness, `lmdb:${join(harness.directory, "store")}`);
  });

  describeWithRedis("in Redis", () => {
    it("too", async () => {
      await using harness = await Harness.start();
      await using server = await startRedis();
      await seesOthers(harness, server.url);
    });
  });
});
