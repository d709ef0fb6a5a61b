import { generateClusterKey } from "@troupe/core";
import { Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { affinity, label } from "@troupe/resources";
import { describe, expect, it } from "vitest";

import { defineActor } from "../src/index.js";
import { actorOf } from "../src/remote/remote.js";
import { Counter } from "./programs/actors.mjs";
import { Tally } from "./programs/supervised.mjs";
import { type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

const program = new URL("programs/host.mjs", import.meta.url);
const key = generateClusterKey();

const startHead = () => startSystem({ pools: 1, listen: "tcp://127.0.0.1:*", key });

/** Has a process join as a host. Gives it with its name. */
async function join(
  harness: Harness,
  { system }: TestSystem,
  options = {},
): Promise<[HarnessProcess, string]> {
  const args = [system.cluster.address!, JSON.stringify({ pools: 1, ...options })];
  const host = harness.spawn(program, { args, env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
  const [, name] = await host.line(/^joined as (.*)/);
  return [host, name!];
}

describe("actors in a cluster of several hosts", () => {
  it("are placed on all of them, or on those that are asked for, and call each other", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const { system } = test;
    const [host, name] = await join(harness, test, { resources: { labels: ["far"] } });
    const hosts = new Set<string>();
    for (let count = 0; count < 2; count++) hosts.add(actorOf((await system.create(Counter)) as Ref).host);
    expect([...hosts].sort()).toEqual(["host-0", name]);
    for (const placement of [affinity({ host: name }), label("far")]) {
      const far = (await system.create(Counter, [5], { placement })) as Ref;
      expect(actorOf(far).host).toBe(name);
      expect(await far["add"](2)).toBe(7);
      const near = (await system.create(Counter, [], { pool: "driver-0" })) as Ref;
      await near["note"](far);
      expect(await far["echo"](near)).toHaveLength(1);
    }
    await host.stop();
  });

  it("whose module is not on the machine of their pool fail with ERR_MODULE, which says so", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const [host, name] = await join(harness, test);
    class Missing {}
    defineActor(Missing, { module: "file:///nowhere/missing.mjs" });
    const placement = affinity({ host: name });
    await expect(test.system.create(Missing, [], { placement })).rejects.toMatchObject({
      code: "ERR_MODULE",
      message: expect.stringMatching(/^pool-1 on host-1, a machine that needs the program at/) as string,
    });
    await host.stop();
  });

  it("are made again elsewhere when their host is lost, if they are to be, and else fail their callers", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const [host, name] = await join(harness, test);
    const { id } = test.system.cluster.pools().find((pool) => pool.host === name)!;
    const mortal = (await test.system.create(Tally, [], { pool: id })) as Ref;
    const tallies: Ref[] = [];
    while (!tallies.some((ref) => actorOf(ref).host === name))
      tallies.push((await test.system.create(Tally, [], { cpu: 0.1, restarts: 3 })) as Ref);
    const revived = tallies.find((ref) => actorOf(ref).host === name)!;
    const held = expect(mortal["hold"]()).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
    await host.kill();
    await held;
    await waitUntil(async () => (await revived["add"](1).catch(() => 0)) === 1, {
      what: "the actor to live",
    });
    const record = test.system.actors().find((actor) => actor.id === actorOf(revived).id);
    expect(record).toMatchObject({ host: "host-0", restarts: 1 });
  });

  it("move to other hosts when theirs leaves, if they can be made again", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const [host, name] = await join(harness, test);
    const movers: Ref[] = [];
    while (!movers.some((ref) => actorOf(ref).host === name))
      movers.push((await test.system.create(Tally, [], { restarts: 1 })) as Ref);
    await host.stop();
    for (const mover of movers) expect(await mover["add"](1)).toBe(1);
    expect(new Set(test.system.actors().map((actor) => actor.host))).toEqual(new Set(["host-0"]));
  });
});
