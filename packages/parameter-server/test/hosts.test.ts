import { generateClusterKey } from "@troupe/core";
import { objects } from "@troupe/objects";
import { ParameterServer, sgd } from "@troupe/parameter-server";
import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { Client, tensors } from "./programs/actors.mjs";
import { clean, large, startSystem, type TestSystem } from "./support/start.js";

clean();

const program = new URL("programs/host.mjs", import.meta.url);
const key = generateClusterKey();

/** Has processes join as hosts, with a pool each. Gives them with their names. */
async function startHosts(
  harness: Harness,
  { system }: TestSystem,
  count: number,
): Promise<{ host: HarnessProcess; name: string }[]> {
  const args = [system.cluster.address!, JSON.stringify({ pools: 1 })];
  const starting = Array.from({ length: count }, async () => {
    const host = harness.spawn(program, { args, env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
    const [, name] = await host.line(/^joined as (.*)/);
    return { host, name: name! };
  });
  return Promise.all(starting);
}

const startHead = () => startSystem({ listen: "tcp://127.0.0.1:*", key });

/** A client on each host. */
function clientsOn({ system }: TestSystem, names: readonly string[]) {
  const place = (host: string) => ({ placement: { policy: "affinity", value: { host } } });
  return Promise.all(names.map((name) => system.create(Client, [], place(name))));
}

function officersOf({ system }: TestSystem): string[] {
  return system
    .actors()
    .filter(({ class: name }) => name === "ParameterOfficer")
    .map(({ host }) => host)
    .sort();
}

describe("of several hosts", () => {
  it.each([
    ["small", 4],
    ["large", large],
  ])(
    "each gets an officer when it is first used there, and each version once: %s ones",
    async (_, length) => {
      await using harness = await Harness.start();
      await using running = await startHead();
      const hosts = await startHosts(harness, running, 3);
      const names = hosts.map(({ name }) => name);
      const clients = await clientsOn(running, names);
      await using server = await ParameterServer.create({ fanout: 2, optimizer: sgd({ learningRate: 1 }) });
      await server.push("policy", tensors(10, length));
      expect(officersOf(running)).toEqual(["host-0"]);
      const pull = () => Promise.all(clients.map((client) => client.pull(server, "policy")));
      expect(await pull()).toEqual(
        Array(3).fill({ version: 1, info: undefined, first: { kernel: 10, bias: 10 } }),
      );
      expect(officersOf(running)).toEqual(["host-0", ...names].sort());
      // From any host to all.
      expect(await clients[0]!.push(server, "policy", 20, length)).toBe(2);
      expect((await server.pull("policy")).tensors).toEqual(tensors(20, length));
      expect(await pull()).toMatchObject(Array(3).fill({ version: 2, first: { kernel: 20 } }));
      expect(await clients[1]!.apply(server, "policy", 5, length, { baseVersion: 2 })).toBe(3);
      expect(await pull()).toMatchObject(Array(3).fill({ version: 3, first: { kernel: 15 } }));
      for (const { host } of hosts) await host.stop();
    },
  );

  it("one that is lost takes its officer along, and nothing else", async () => {
    await using harness = await Harness.start();
    await using running = await startHead();
    const hosts = await startHosts(harness, running, 2);
    const [far, near] = await clientsOn(running, [hosts[0]!.name, hosts[1]!.name]);
    await using server = await ParameterServer.create();
    await server.push("policy", tensors(1, large));
    for (const client of [far!, near!]) await client.pull(server, "policy");
    // Its memory is there, and copies of it elsewhere.
    expect(await far!.push(server, "policy", 2, large)).toBe(2);
    await hosts[0]!.host.kill();
    await waitUntil(() => officersOf(running).length === 2, { what: "the officer to be gone" });
    expect((await server.pull("policy")).tensors).toEqual(tensors(2, large));
    expect(await near!.pull(server, "policy")).toMatchObject({ version: 2, first: { kernel: 2 } });
    expect(await near!.push(server, "policy", 3, large)).toBe(3);
    expect((await server.pull("policy")).tensors).toEqual(tensors(3, large));
    await hosts[1]!.host.stop();
  });

  it("a captain's host keeps what officers elsewhere have, when its process is killed", async () => {
    await using harness = await Harness.start();
    await using running = await startHead();
    const hosts = await startHosts(harness, running, 1);
    const [far] = await clientsOn(running, [hosts[0]!.name]);
    await using server = await ParameterServer.create();
    expect(await far!.push(server, "policy", 1, large)).toBe(1);
    await running.kill("captain");
    expect((await server.pull("policy")).tensors).toEqual(tensors(1, large));
    expect(await far!.pull(server, "policy")).toMatchObject({ version: 1, first: { kernel: 1 } });
    expect(await far!.push(server, "policy", 2, large)).toBe(2);
    expect((await server.pull("policy")).tensors).toEqual(tensors(2, large));
    expect(objects.stats().hosts).toMatchObject({ inFlight: 0 });
    await hosts[0]!.host.stop();
  });
});
