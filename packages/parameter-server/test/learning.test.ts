import type { Tensors } from "@troupe/core";
import { adam, boundedStaleness, ParameterServer, sgd, synchronous } from "@troupe/parameter-server";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem } from "./support/start.js";

clean();

/** The numbers of all tensors, each once. */
async function valuesOf(server: ParameterServer, tag: string): Promise<number[]> {
  using pulled = await server.pull(tag);
  return [...new Set(Object.values(pulled.tensors).flatMap(({ data }) => [...(data as Float32Array)]))];
}

describe("gradients", () => {
  it.each([
    ["small", 4],
    ["large", large],
  ])("make a version each, as they come: %s ones", async (_, length) => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ optimizer: sgd({ learningRate: 0.5 }) });
    await server.push("policy", tensors(1, length), { info: "first" });
    expect(await server.apply("policy", tensors(1, length), { baseVersion: 1 })).toBe(2);
    expect(await valuesOf(server, "policy")).toEqual([0.5]);
    // Of any version, and of any process.
    const client = await running.system.create(Client);
    expect(await client.apply(server, "policy", 2, length, { baseVersion: 1 })).toBe(3);
    expect(await valuesOf(server, "policy")).toEqual([-0.5]);
    // What is pushed is what they change from then on.
    expect(await server.push("policy", tensors(4, length))).toBe(4);
    expect(await server.apply("policy", tensors(1, length), { baseVersion: 4 })).toBe(5);
    expect(await valuesOf(server, "policy")).toEqual([3.5]);
    expect((await server.pull("policy")).info).toBeUndefined();
  });

  it("of many workers at once are all applied, one after the other", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(100));
    const clients = await Promise.all([1, 2, 3].map(() => running.system.create(Client)));
    const made = await Promise.all(
      clients.flatMap((client) =>
        Array.from({ length: 10 }, () => client.apply(server, "policy", 1, 4, { baseVersion: 1 })),
      ),
    );
    expect(made.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 2));
    expect(await valuesOf(server, "policy")).toEqual([70]);
  });

  it("leave tensors alone that are no float32, and go with those that are", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create({ optimizer: adam({ learningRate: 0.1 }) });
    const steps = { data: Int32Array.of(7), shape: [1] };
    await server.push("policy", { ...tensors(1), steps });
    await server.apply("policy", tensors(1), { baseVersion: 1 });
    using pulled = await server.pull("policy");
    expect(pulled.tensors["steps"]).toEqual(steps);
    expect(pulled.tensors["kernel"]!.data[0]).toBeCloseTo(0.9, 5);
  });

  it("of all workers of a round are averaged, and make one version", async () => {
    await using running = await startSystem();
    const aggregate = synchronous({ workers: 3 });
    await using server = await ParameterServer.create({ aggregate, optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(10, large));
    const clients = await Promise.all([1, 2, 3].map(() => running.system.create(Client)));
    for (const round of [1, 2]) {
      const applying = clients.map((client, i) =>
        client.apply(server, "policy", i, large, { baseVersion: round }),
      );
      expect(await Promise.all(applying)).toEqual([round + 1, round + 1, round + 1]);
      expect(await valuesOf(server, "policy")).toEqual([10 - round]);
    }
  });

  it("of a round are given up when not all come, and are then as if they had never been", async () => {
    await using _ = await startSystem();
    const aggregate = synchronous({ workers: 2, timeout: 200 });
    await using server = await ParameterServer.create({ aggregate, optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(10, large));
    expect(await failureOf(server.apply("policy", tensors(1, large), { baseVersion: 1 }))).toMatchObject({
      code: "ERR_TIMEOUT",
      retryable: true,
      details: { workers: 2, came: 1 },
    });
    const both = [1, 3].map((value) => server.apply("policy", tensors(value, large), { baseVersion: 1 }));
    expect(await Promise.all(both)).toEqual([2, 2]);
    expect(await valuesOf(server, "policy")).toEqual([8]);
  });

  it("of a worker that dies, or gives up, leave its round to another", async () => {
    await using running = await startSystem({ pools: 3 });
    const aggregate = synchronous({ workers: 2 });
    await using server = await ParameterServer.create({ aggregate, optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(10));
    const given = failureOf(server.apply("policy", tensors(5), { baseVersion: 1, timeout: 50 }));
    expect(await given).toMatchObject({ code: "ERR_TIMEOUT" });
    // A pool in which nothing of the server is.
    const taken = running.system.actors().map(({ pool }) => pool);
    const pool = running.system.cluster.pools().find(({ id }) => !taken.includes(id))!.id;
    const client = await running.system.create(Client, [], { pool });
    const dying = failureOf(client.apply(server, "policy", 7, 4, { baseVersion: 1, dies: true }));
    expect(await dying).toMatchObject({ code: "ERR_ACTOR_DIED" });
    const both = [1, 3].map((value) => server.apply("policy", tensors(value), { baseVersion: 1 }));
    expect(await Promise.all(both)).toEqual([2, 2]);
    expect(await valuesOf(server, "policy")).toEqual([8]);
  });

  it("of too old a version are refused: ERR_CONFIG, to be computed anew", async () => {
    await using _ = await startSystem();
    const aggregate = boundedStaleness({ staleness: 1 });
    await using server = await ParameterServer.create({ aggregate, optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(10));
    const apply = (baseVersion: number) => server.apply("policy", tensors(1), { baseVersion });
    expect(await apply(1)).toBe(2);
    expect(await apply(1)).toBe(3);
    const stale = {
      code: "ERR_CONFIG",
      retryable: true,
      details: { baseVersion: 1, version: 3, staleness: 1 },
    };
    expect(await failureOf(apply(1))).toMatchObject(stale);
    expect(await apply(2)).toBe(4);
    // Also of those that are under way at once.
    const outcomes = await Promise.allSettled([4, 4, 4, 4].map(apply));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(await valuesOf(server, "policy")).toEqual([5]);
  });

  it("that are wrong are refused, and change nothing", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    const refused = async (gradients: Tensors, baseVersion: number, tag = "policy") =>
      failureOf(server.apply(tag, gradients, { baseVersion }));
    expect(await refused(tensors(1), 1, "polcy")).toMatchObject({
      code: "ERR_CONFIG",
      details: { tag: "polcy" },
    });
    for (const never of [0, 2, -1])
      expect(await refused(tensors(1), never)).toMatchObject({ code: "ERR_CONFIG", retryable: false });
    expect(await refused(tensors(1), 0.5)).toMatchObject({ code: "ERR_CONFIG" });
    expect(await refused(tensors(1, 8), 1)).toMatchObject({
      code: "ERR_SCHEMA",
      details: { tensor: "kernel" },
    });
    expect(await refused({ kernel: tensors(1)["kernel"]! }, 1)).toMatchObject({ code: "ERR_SCHEMA" });
    for (const value of [NaN, -Infinity])
      expect(await refused(tensors(value), 1)).toMatchObject({
        code: "ERR_SCHEMA",
        details: { tensor: "kernel" },
      });
    expect(await valuesOf(server, "policy")).toEqual([1]);
  });

  it("of one round and of none: options that are none are ERR_CONFIG", () => {
    for (const make of [
      () => synchronous({ workers: 0 }),
      () => synchronous({ workers: 2, timeout: 0 }),
      () => boundedStaleness({ staleness: -1 }),
    ])
      expect(make).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }) as Error);
  });

  it("are applied once, and nothing acknowledged is lost, when the captain is killed", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", tensors(100));
    let version = 1;
    for (let round = 0; round < 2; round++) {
      const applying = Array.from({ length: 5 }, () =>
        server.apply("policy", tensors(1), { baseVersion: version }),
      );
      const killed = running.kill("captain");
      await Promise.all(applying);
      await killed;
      version = (await server.pull("policy")).version;
      expect(await valuesOf(server, "policy")).toEqual([100 - 5 * (round + 1)]);
    }
    expect(version).toBe(11);
  });
});

describe("shards", () => {
  const many = (value: number): Tensors =>
    Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [
        `layer-${i}`,
        { data: new Float32Array(i % 3 ? 20_000 : 3).fill(value), shape: [i % 3 ? 20_000 : 3] },
      ]),
    );

  it("have parts of each version, which is whole for all who pull", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ shards: 3, optimizer: sgd({ learningRate: 1 }) });
    expect(running.system.actors().filter(({ class: name }) => name === "ParameterShard")).toHaveLength(3);
    expect(await server.push("policy", many(10))).toBe(1);
    using first = await server.pull("policy");
    expect(first.tensors).toEqual(many(10));
    expect(await server.apply("policy", many(1), { baseVersion: 1 })).toBe(2);
    expect(await valuesOf(server, "policy")).toEqual([9]);
    const client = await running.system.create(Client);
    expect(await client.apply(server, "policy", many(2), 0, { baseVersion: 2 })).toBe(3);
    expect(await valuesOf(server, "policy")).toEqual([7]);
    expect(first.tensors).toEqual(many(10));
    expect(await server.duplicate("policy", "target")).toBe(1);
    expect(await server.delete("policy")).toBe(true);
    expect(await valuesOf(server, "target")).toEqual([7]);
  });

  it("that are killed are replaced, with what was acknowledged", async () => {
    await using running = await startSystem({ pools: 4 });
    await using server = await ParameterServer.create({ shards: 2, optimizer: sgd({ learningRate: 1 }) });
    await server.push("policy", many(10));
    await server.apply("policy", many(1), { baseVersion: 1 });
    for (const round of [1, 2]) {
      await running.kill("shard");
      expect(await server.apply("policy", many(1), { baseVersion: 1 + round })).toBe(2 + round);
      expect(await valuesOf(server, "policy")).toEqual([9 - round]);
    }
    await running.kill("captain");
    expect(await server.apply("policy", many(1), { baseVersion: 4 })).toBe(5);
    expect(await valuesOf(server, "policy")).toEqual([6]);
    expect(running.system.actors().filter(({ class: name }) => name === "ParameterShard")).toHaveLength(2);
  });
});
