import type { TroupeError } from "@troupe/core";
import { ParameterServer } from "@troupe/parameter-server";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, failureOf, startSystem } from "./support/start.js";

clean();

describe("a parameter server", () => {
  it("is found by its name", async () => {
    await using _ = await startSystem();
    await using server = await ParameterServer.create({ name: "weights" });
    const found = await ParameterServer.get("weights");
    await found.push("policy", tensors(3));
    expect((await server.pull("policy")).tensors).toEqual(tensors(3));
    // Who found it does not end it.
    await found.close();
    expect(await failureOf(found.pull("policy"))).toMatchObject({ code: "ERR_CLOSED" });
    expect(await server.pull("policy")).toMatchObject({ version: 1 });
    expect(await failureOf(ParameterServer.get("wieghts"))).toMatchObject({ code: "ERR_ACTOR_NOT_FOUND" });
    expect(await failureOf(ParameterServer.create({ name: "weights" }))).toMatchObject({
      code: "ERR_NAME_TAKEN",
      message: expect.stringContaining('ParameterServer.get("weights")') as string,
    });
  });

  it("goes in the message that makes a pool's first actor, and on to others", async () => {
    await using running = await startSystem({ pools: 3 });
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(3));
    const clients = await Promise.all([1, 2, 3].map(() => running.system.create(Client)));
    const pids = new Set(await Promise.all(clients.map((client) => client.pid())));
    expect(pids.size).toBe(3);
    for (const client of clients)
      expect(await client.pull(server, "policy")).toMatchObject({ version: 1, first: { bias: 3 } });
  });

  it("leaves nothing when it is closed, and what was pulled stays", async () => {
    await using running = await startSystem();
    const server = await ParameterServer.create({ name: "weights", officers: 3 });
    expect(running.system.actors()).toHaveLength(4);
    await server.push("policy", tensors(3));
    const pulled = await server.pull("policy");
    await server.close();
    await server.close();
    expect(running.system.actors()).toEqual([]);
    expect(pulled.tensors).toEqual(tensors(3));
    expect(await failureOf(server.push("policy", tensors(4)))).toMatchObject({ code: "ERR_CLOSED" });
    await using again = await ParameterServer.create({ name: "weights" });
    expect(await again.list()).toEqual([]);
  });

  it("is closed for all who use it by the one that made it", async () => {
    await using running = await startSystem();
    const server = await ParameterServer.create({ name: "weights" });
    const client = await running.system.create(Client);
    await client.push(server, "policy", 1);
    await server.close();
    const failure = await failureOf(client.pull(server, "policy", { newerThan: 1, timeout: 1_000 }));
    // By its reference, or, when the handle was collected and has come again, by its name.
    expect(["ERR_ACTOR_DIED", "ERR_ACTOR_NOT_FOUND"]).toContain((failure as TroupeError).code);
  });
});
