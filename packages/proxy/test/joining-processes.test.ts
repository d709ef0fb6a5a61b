import { openRegistry } from "@troupe/registry";
import { Harness, noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { registryOf, spawnMember, together } from "./fixtures.js";

noLeftovers();

it("a runner and five workers in processes of their own join and have heard of each other", async () => {
  await using harness = await Harness.start();
  const started = performance.now();
  await using runner = spawnMember(harness, { component: "runner", peers: { worker: 5 } });
  const spawned = Array.from({ length: 5 }, () =>
    spawnMember(harness, { component: "worker", peers: { runner: 1 } }),
  );
  await using workers = together(spawned);
  const ready = runner.line("joined runner-0");
  const joined = await Promise.all(
    workers.map(async (worker) => {
      const [, name, time] = await worker.line(/joined (\S+) in (\d+) ms/);
      await ready;
      await runner.send(JSON.stringify({ send: name, count: 1, size: 0 }));
      await worker.line('numbered {"number":0');
      return { name, time };
    }),
  );
  const elapsed = Math.round(performance.now() - started);
  const times = joined.map(({ time }) => time).join(", ");
  console.log(
    `6 processes from start to a first message in ${elapsed} ms; the workers joined in ${times} ms`,
  );
  expect(joined.map(({ name }) => name).sort()).toEqual([0, 1, 2, 3, 4].map((n) => `worker-${n}`));
});

it("eight processes that race for numbers get eight names", async () => {
  await using harness = await Harness.start();
  const spawned = Array.from({ length: 8 }, () => spawnMember(harness, { component: "worker", gate: true }));
  await using racers = together(spawned);
  await Promise.all(racers.map((racer) => racer.line("waiting")));
  await Promise.all(racers.map((racer) => racer.send("go")));
  const names = await Promise.all(racers.map(async (racer) => (await racer.line(/joined (\S+)/))[1]));
  expect(names.sort()).toEqual(Array.from({ length: 8 }, (_, number) => `worker-${number}`));
});

it("a process that is refused leaves nothing behind and can end", async () => {
  await using harness = await Harness.start();
  await using registry = await openRegistry(registryOf(harness));
  await using holder = spawnMember(harness, { component: "runner", name: "boss" });
  await holder.line("joined boss");

  const refused = {
    ERR_NAME_TAKEN: spawnMember(harness, { component: "worker", name: "boss" }),
    ERR_PEERS_MISSING: spawnMember(harness, { component: "worker", peers: { learner: 1 }, joinTimeout: 200 }),
  };
  for (const [code, child] of Object.entries(refused)) {
    const [, json] = await child.line(/refused (.*)/);
    expect(JSON.parse(json ?? "")).toMatchObject({ code });
    // Nobody ends it, and the harness looks for its sockets afterwards.
    expect(await child.exited).toEqual({ code: 0, signal: null });
  }
  expect((await registry.members("test")).map(({ name }) => name)).toEqual(["boss"]);
});

it("the name of a process that died is free at once", async () => {
  await using harness = await Harness.start();
  await using registry = await openRegistry(registryOf(harness));
  const first = spawnMember(harness, { component: "worker", name: "w", lease: 60_000 });
  await first.line("joined w");
  await first.kill();
  await using second = spawnMember(harness, { component: "worker", name: "w" });
  await second.line("joined w");
  expect(await registry.members("test")).toHaveLength(1);
});
