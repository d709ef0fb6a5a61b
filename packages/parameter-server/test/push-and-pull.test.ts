import { ParameterServer } from "@troupe/parameter-server";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem } from "./support/start.js";

clean();

describe("a version that was pushed", () => {
  it.each([
    ["small", 4],
    ["large", large],
  ])("is had by every process, whole: %s ones", async (_, length) => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    expect(await server.push("policy", tensors(1, length), { info: { loss: 0.5 } })).toBe(1);
    using pulled = await server.pull("policy");
    expect(pulled).toMatchObject({ tag: "policy", version: 1, info: { loss: 0.5 }, count: 2 });
    expect(pulled.byteLength).toBe(4 * length + 12);
    expect(pulled.tensors).toEqual(tensors(1, length));
    const clients = await Promise.all([1, 2].map(() => running.system.create(Client)));
    for (const client of clients) {
      const expected = { version: 1, info: { loss: 0.5 }, first: { kernel: 1, bias: 1 } };
      expect(await client.pull(server, "policy")).toEqual(expected);
    }
  });

  it("is as the tensors were at the call, whatever becomes of them", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    const given = tensors(1, large);
    const pushing = server.push("policy", given);
    for (const { data } of Object.values(given)) data.fill(9);
    await pushing;
    expect((await server.pull("policy")).tensors).toEqual(tensors(1, large));
  });

  it("is not changed by those who have it, in any other process", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1, large));
    const [one, other] = await Promise.all([1, 2].map(() => running.system.create(Client)));
    for (const client of [one!, other!]) await client.keep(server, "policy");
    await one!.spoil();
    expect(await one!.kept()).toEqual([[1, -1]]);
    expect(await other!.kept()).toEqual([[1, 1]]);
    expect((await server.pull("policy")).tensors).toEqual(tensors(1, large));
  });

  it("stays with those who have it when it is not kept any more", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ history: 2 });
    const client = await running.system.create(Client);
    for (let version = 1; version <= 5; version++) {
      await server.push("policy", tensors(version, large));
      await client.keep(server, "policy");
    }
    expect((await server.versions("policy")).map(({ version }) => version)).toEqual([4, 5]);
    expect(await client.kept()).toEqual([1, 2, 3, 4, 5].map((version) => [version, version]));
  });

  it("comes from any process, and each tag has numbers of its own, in the order of each pusher", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    const client = await running.system.create(Client);
    expect(await client.push(server, "policy", 1, large)).toBe(1);
    expect(await server.push("policy", tensors(2, large))).toBe(2);
    expect(await client.push(server, "target", 7)).toBe(1);
    const pushing = Array.from({ length: 20 }, (_, i) =>
      server.push("policy", tensors(3 + i, i % 2 ? large : large)),
    );
    expect(await Promise.all(pushing)).toEqual(Array.from({ length: 20 }, (_, i) => 3 + i));
    expect(await client.pull(server, "policy")).toMatchObject({ version: 22, first: { kernel: 22 } });
    expect(await client.pull(server, "target")).toMatchObject({ version: 1, first: { kernel: 7 } });
  });

  it("is seen by everybody once its push is done", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    const client = await running.system.create(Client);
    for (let version = 1; version <= 50; version++) {
      const length = version % 2 ? 4 : large;
      await server.push(`policy of ${length}`, tensors(version, length));
      const newerThan = Math.ceil(version / 2) - 1;
      expect(await client.pull(server, `policy of ${length}`, { newerThan })).toMatchObject({
        version: newerThan + 1,
        first: { kernel: version },
      });
    }
  });

  it("is had soon when its pusher waits for the captain alone", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    expect(await server.push("policy", tensors(2), { wait: "captain" })).toBe(2);
    expect(await server.pull("policy", { newerThan: 1, timeout: Infinity })).toMatchObject({ version: 2 });
  });

  it("is never a mix of two, while others push as fast as they can", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ history: 2 });
    const clients = await Promise.all([1, 2, 3].map(() => running.system.create(Client)));
    const last = 60;
    await server.push("policy", tensors(1, large));
    const following = clients.map((client) => client.follow(server, "policy", last));
    for (let version = 2; version <= last; version++) await server.push("policy", tensors(version, large));
    for (const seen of await Promise.all(following)) expect(seen).toBeTypeOf("number");
  });
});

describe("a pull", () => {
  it("of what has not changed gives nothing, and what is newer when there is", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    expect(await server.pull("policy", { newerThan: 0 })).toBeUndefined();
    await server.push("policy", tensors(1));
    expect(await server.pull("policy", { newerThan: 0 })).toMatchObject({ version: 1 });
    expect(await server.pull("policy", { newerThan: 1 })).toBeUndefined();
    await server.push("policy", tensors(2));
    expect(await server.pull("policy", { newerThan: 1 })).toMatchObject({ version: 2 });
  });

  it("waits for what is newer, as long as it is told to", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    const first = server.pull("policy", { timeout: Infinity });
    await server.push("policy", tensors(1));
    expect(await first).toMatchObject({ version: 1 });
    expect(await server.pull("policy", { newerThan: 1, timeout: 20 })).toBeUndefined();
    const next = server.pull("policy", { newerThan: 1, timeout: 20_000 });
    await server.push("policy", tensors(2));
    expect(await next).toMatchObject({ version: 2 });
  });

  it("is given up by its signal", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    const controller = new AbortController();
    const pulling = server.pull("policy", { timeout: Infinity, signal: controller.signal });
    controller.abort();
    expect(await failureOf(pulling)).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await failureOf(server.pull("policy", { signal: controller.signal }))).toMatchObject({
      code: "ERR_CANCELLED",
    });
  });

  it("of a version that is open here already gives the very same tensors", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1, large));
    using one = await server.pull("policy");
    using other = await server.pull("policy");
    expect(other.tensors).toBe(one.tensors);
    one.release();
    expect(() => one.tensors).toThrow(expect.objectContaining({ code: "ERR_CLOSED" }) as Error);
    expect(other.tensors["bias"]!.data[0]).toBe(1);
  });
});
