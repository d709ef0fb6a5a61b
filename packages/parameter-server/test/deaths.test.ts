import { ParameterServer } from "@troupe/parameter-server";
import { waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem, type TestSystem } from "./support/start.js";

clean();

describe.each([
  ["small", 4],
  ["large", large],
])("of versions that are %s", (_, length) => {
  it("an officer that is killed is replaced and caught up, and whoever asks goes on", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    for (let version = 1; version <= 3; version++) await server.push("policy", tensors(version, length));
    const waiting = server.pull("policy", { newerThan: 3, timeout: Infinity });
    await running.kill("officer");
    expect((await server.pull("policy")).version).toBe(3);
    expect(await server.push("policy", tensors(4, length))).toBe(4);
    expect((await waiting)!.tensors).toEqual(tensors(4, length));
    expect((await server.versions("policy")).map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  });

  it("a captain that is killed is replaced, and loses nothing that was acknowledged", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ history: 3 });
    for (let version = 1; version <= 4; version++)
      await server.push("policy", tensors(version, length), { info: version });
    await server.push("deleted", tensors(1));
    await server.delete("deleted");
    const before = [await server.versions("policy"), await server.list()];
    using held = await server.pull("policy");
    await running.kill("captain");
    expect([await server.versions("policy"), await server.list()]).toEqual(before);
    expect(held.tensors).toEqual(tensors(4, length));
    // A process that has nothing open yet.
    const client = await running.system.create(Client);
    expect(await client.pull(server, "policy")).toMatchObject({ version: 4, first: { kernel: 4 } });
    expect(await server.push("policy", tensors(5, length))).toBe(5);
    expect(await server.push("deleted", tensors(1))).toBe(2);
    expect(await client.pull(server, "policy")).toMatchObject({ version: 5, first: { kernel: 5 } });
    // And the officer that has the copies of these may go, too.
    await running.kill("officer");
    held.release();
    using last = await server.pull("policy");
    expect(last.tensors).toEqual(tensors(5, length));
  });

  it("no push that was acknowledged is lost, whoever is killed meanwhile", async () => {
    await using running = await startSystem({ pools: 3 });
    await using server = await ParameterServer.create({ name: "weights" });
    const client = await running.system.create(Client, [], { restarts: Infinity });
    let acknowledged = 0;
    let isOver = false;
    const pushing = (async () => {
      while (!isOver) {
        const version = await server.push("policy", tensors(acknowledged + 1, length));
        // A push is never counted twice.
        expect(version).toBe(acknowledged + 1);
        acknowledged = version;
      }
    })();
    for (const name of ["captain", "officer", "captain", "officer"] as const) {
      const since = acknowledged;
      await waitUntil(() => acknowledged > since + 5 && running.pidOf(name) > 0, { what: "pushes" });
      await running.kill(name);
    }
    const since = acknowledged;
    await waitUntil(() => acknowledged > since + 5, { what: "pushes after all" });
    isOver = true;
    await pushing;
    using last = await server.pull("policy");
    expect(last.version).toBe(acknowledged);
    expect(last.tensors).toEqual(tensors(acknowledged, length));
    expect(await client.pull(server, "policy")).toMatchObject({ first: { kernel: acknowledged } });
  });
});

it("of the captain and all officers at once, who pulls hears that it is lost, and no number is given again", async () => {
  await using running = await startSystem({ pools: 3 });
  await using server = await ParameterServer.create();
  for (let version = 1; version <= 3; version++) await server.push("policy", tensors(version));
  const waiting = server.pull("policy", { newerThan: 3, timeout: Infinity });
  await running.kill("captain", "officer");
  const lost = { code: "ERR_OBJECT_LOST", details: { tag: "policy" } };
  expect(await failureOf(server.pull("policy"))).toMatchObject(lost);
  expect(await failureOf(server.apply("policy", tensors(1), { baseVersion: 3 }))).toMatchObject(lost);
  const version = await server.push("policy", tensors(4));
  expect(version).toBeGreaterThan(3);
  expect(await waiting).toMatchObject({ version, tensors: tensors(4) });
  // Who learns of what there is now knows of that, too.
  await running.kill("captain");
  expect(await failureOf(server.pull("other"))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  expect(await server.push("policy", tensors(5))).toBe(version + 1);
});

describe("an officer is in another process than", () => {
  const rolesBy = ({ system }: TestSystem) => {
    const pools = new Map<string, Set<string>>();
    for (const { path, pool } of system.actors()) {
      const role = /parameter-(captain|officer|shard)[^/]*$/.exec(path)?.[1];
      if (role) pools.set(pool, (pools.get(pool) ?? new Set()).add(role));
    }
    return [...pools.values()].map((roles) => [...roles].sort().join());
  };

  it("the captain, and moves when that is made again beside it", async () => {
    await using running = await startSystem({ pools: 2 });
    await using server = await ParameterServer.create();
    expect(await server.push("policy", tensors(1))).toBe(1);
    expect(rolesBy(running).sort()).toEqual(["captain", "officer"]);
    // The one pool that is there then has the officer.
    await running.kill("captain");
    expect(await server.list()).toHaveLength(1);
    await waitUntil(() => rolesBy(running).sort().join(" ") === "captain officer", { what: "the move" });
    await running.kill("captain");
    using kept = await server.pull("policy");
    expect(kept.tensors).toEqual(tensors(1));
    expect(await server.push("policy", tensors(2))).toBe(2);
  });

  it("any shard, so that the death of each process by itself loses nothing", async () => {
    await using running = await startSystem({ pools: 4 });
    await using server = await ParameterServer.create({ shards: 3 });
    for (let version = 1; version <= 4; version++) {
      expect(await server.push("policy", tensors(version, large))).toBe(version);
      const isApart = () =>
        rolesBy(running).every((roles) => roles === "officer" || !roles.includes("officer"));
      await waitUntil(isApart, { what: "the officer to be apart" });
      await running.kill((["shard", "captain", "officer", "shard"] as const)[version - 1]!);
      using kept = await server.pull("policy");
      expect(kept.tensors).toEqual(tensors(version, large));
    }
  });
});

it("memory that a pusher had taken when it was killed is given back, and its acknowledged versions stay", async () => {
  await using running = await startSystem({ pools: 3 });
  await using server = await ParameterServer.create();
  const client = await running.system.create(Client, [], { restarts: Infinity });
  expect(await client.push(server, "policy", 1, large)).toBe(1);
  await client.die().catch(() => {});
  expect((await server.pull("policy")).tensors).toEqual(tensors(1, large));
  expect(await client.push(server, "policy", 2, large)).toBe(2);
  expect(await client.pull(server, "policy")).toMatchObject({ version: 2 });
});
