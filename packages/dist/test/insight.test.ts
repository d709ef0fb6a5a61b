import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

import { actorOf, type Cluster } from "../src/index.js";
import { Counter } from "./programs/actors.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

const lines: string[] = [];
let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({
    pools: [{ env: { TROUPE_LOG: "warn" } }],
    slowCall: 100,
    log: (line) => lines.push(line),
  });
});
afterAll(() => cluster.close());

it("a cluster says of each actor what it runs and what it has done", async () => {
  const counter = await Counter.create();
  expect(await counter.add(2)).toBe(2);
  const later = counter.later(500);
  const info = async () => (await cluster.actors()).find(({ id }) => id === actorOf(counter).id)!;
  await waitUntil(async () => (await info()).calls === 2, { what: "the second call" });
  expect(await info()).toMatchObject({
    ...actorOf(counter),
    unresponsive: false,
    mailbox: 0,
    running: [{ method: "later", caller: "driver-0" }],
    errors: 0,
  });
  expect(await later).toBe("later");
  expect((await info()).running).toEqual([]);
});

it("a cluster says which methods are called most and take longest", async () => {
  const counter = await Counter.create();
  for (let i = 0; i < 20; i++) await counter.add(1);
  await counter.later(60);
  const [most] = await cluster.methods({ by: "calls", limit: 1 });
  expect(most).toMatchObject({ class: "Counter", method: "add" });
  const [slowest] = await cluster.methods({ by: "mean", limit: 1 });
  expect(slowest).toMatchObject({ class: "Counter", method: "later" });
  expect(await failureOf(cluster.methods({ limit: -1 }))).toMatchObject({ code: "ERR_CONFIG" });
});

it("a cluster says what each of its processes takes", async () => {
  const counter = await Counter.create();
  const { pid } = actorOf(counter);
  const processes = async () => (await cluster.processes()).filter(({ unresponsive }) => !unresponsive);
  await waitUntil(async () => (await processes()).length === 2, { what: "both to answer" });
  const [driver, pool] = (await processes()).sort((a, b) => a.name.localeCompare(b.name));
  expect(driver).toMatchObject({ name: "driver-0", kind: "driver", pid: process.pid });
  expect(pool).toMatchObject({ name: "pool-0", kind: "pool", host: "host-0", pid });
  expect(pool!.resident).toBeGreaterThan(0);
});

it("what was opened beside a cluster ends with it, once, and has time to", async () => {
  const ended: string[] = [];
  const other = await startCluster({ pools: 0 });
  const end = (name: string) => async () => {
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(name);
  };
  other.endWith(end("one"));
  const takeBack = other.endWith(end("two"));
  other.endWith(() => Promise.reject(new Error("it cannot")));
  takeBack();
  await Promise.all([other.close(), other.close()]);
  expect(ended).toEqual(["one"]);
});

it("a pool tells of calls that take longer than slowCall", async () => {
  const counter = await Counter.create();
  await counter.later(150);
  const slow = `${actorOf(counter).path}.later() took`;
  await waitUntil(() => lines.some((line) => line.includes(slow)), { what: slow });
});
