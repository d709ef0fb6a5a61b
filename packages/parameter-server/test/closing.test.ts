import { type AnyRemote, stop, watch } from "@troupe/actors";
import type { TroupeError } from "@troupe/core";
import { objects } from "@troupe/objects";
import { ParameterServer } from "@troupe/parameter-server";
import { waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, failureOf, large, startSystem, type TestSystem } from "./support/start.js";

clean();

const patient = { newerThan: 1, timeout: Infinity };

describe("while somebody waits for a version that never comes", () => {
  it("a server is closed, and each who waits hears of it", async () => {
    await using running = await startSystem();
    const server = await ParameterServer.create();
    const client = await running.system.create(Client);
    await server.push("policy", tensors(1));
    const pulling = failureOf(server.pull("policy", patient));
    const watching = failureOf(server.watch("policy", { newerThan: 1 }).next());
    const elsewhere = failureOf(client.pull(server, "policy", patient));
    await pullsToWait(running, 3);
    await server.close();
    expect(await pulling).toMatchObject({ code: "ERR_CLOSED" });
    expect(await watching).toMatchObject({ code: "ERR_CLOSED" });
    expect(["ERR_ACTOR_DIED", "ERR_ACTOR_NOT_FOUND"]).toContain(((await elsewhere) as TroupeError).code);
    expect(running.system.actors()).toHaveLength(1);
  });

  it("a handle that was found is closed, and each who waits by it hears of it, and nobody else", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create({ name: "weights" });
    await server.push("policy", tensors(1));
    const found = await ParameterServer.get("weights");
    const pulling = failureOf(found.pull("policy", patient));
    const watching = failureOf(found.watch("policy", { newerThan: 1 }).next());
    const others = server.pull("policy", patient);
    await pullsToWait(running, 3);
    await found.close();
    expect(await pulling).toMatchObject({ code: "ERR_CLOSED" });
    expect(await watching).toMatchObject({ code: "ERR_CLOSED" });
    // The officer keeps nobody who has gone.
    await pullsToWait(running, 1);
    await server.push("policy", tensors(2));
    expect(await others).toMatchObject({ version: 2 });
  });

  it.each([1, 2])(
    "a server of %i shard(s) is closed, and gives the memory of its versions back",
    async (shards) => {
      await using running = await startSystem();
      const stored = () => objects.hostStore.stats().objects;
      const before = stored();
      const server = await ParameterServer.create({ officers: 2, shards });
      for (let version = 1; version <= 3; version++) await server.push("policy", tensors(version, large));
      expect(stored()).toBeGreaterThanOrEqual(before + 3);
      await server.close();
      await waitUntil(() => stored() <= before, { what: "the memory" });
      expect(running.system.actors()).toEqual([]);
    },
  );

  it("an officer that is stopped is replaced, and who waits goes on", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    const waiting = server.pull("policy", patient);
    await pullsToWait(running, 1);
    await stop(await officerOf(running));
    await server.push("policy", tensors(2));
    expect(await waiting).toMatchObject({ version: 2 });
  });

  it("a cluster is closed, and the officer stops by itself", async () => {
    await using running = await startSystem();
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1));
    const failure = failureOf(server.pull("policy", patient));
    await pullsToWait(running, 1);
    const end = eventsOf(await officerOf(running));
    await running.system.close();
    // It would have died with its pool.
    expect(await end).toEqual(["stopped"]);
    expect(await failure).toMatchObject({ code: "ERR_ACTOR_DIED" });
  });
});

/** Waits until officers have so many pulls that wait there. */
async function pullsToWait({ system }: TestSystem, count: number): Promise<void> {
  const areWaiting = async () => {
    const officers = (await system.runtime.insight.actors()).filter(isOfficer);
    const calls = officers.flatMap(({ running = [] }) => running);
    return calls.filter(({ method }) => method === "pull").length === count;
  };
  await waitUntil(areWaiting, { what: "pulls that wait" });
}

async function eventsOf(actor: AnyRemote): Promise<string[]> {
  const events: string[] = [];
  for await (const event of watch(actor)) events.push(event);
  return events;
}

async function officerOf({ system }: TestSystem): Promise<AnyRemote> {
  return (await system.find(system.actors().find(isOfficer)!.path))!;
}

function isOfficer({ path }: { readonly path: string }): boolean {
  return path.includes("parameter-officer");
}
