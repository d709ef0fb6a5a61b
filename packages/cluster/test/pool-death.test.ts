import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { nextEvent, startCluster, untilPool } from "./support/start.js";

noLeftovers();

describe("a pool that is killed", () => {
  it("is known to be dead by all, with the signal, and comes back under its name", async () => {
    await using test = await startCluster();
    const { cluster } = test;
    const pid = await test.run("pool-0");
    await test.run("pool-1");
    await test.ask("pool-1", "ask", ["pool-0", "add", [1, 1]]);
    const died = nextEvent(cluster, "pool-died");
    const lost = nextEvent(cluster, "actor-died");
    const recovered = nextEvent(cluster, "pool-recovered");
    process.kill(pid, "SIGKILL");

    const death = {
      process: "pool-0",
      pid,
      exitCode: null,
      signal: "SIGKILL",
      reason: "was killed by SIGKILL",
    };
    expect(await died).toMatchObject(death);
    const reason = `its process pool-0 (pid ${pid}) was killed by SIGKILL`;
    expect(await lost).toMatchObject({ actor: { path: "worker-0", pid }, reason });
    expect(cluster.node.brain.locate(1)).toMatchObject({ ended: `died: ${reason}` });
    await waitUntil(async () => ((await test.ask("pool-1", "gone-here")) as unknown[]).length > 0, {
      what: "the other pool to hear of it",
    });
    expect(await test.ask("pool-1", "gone-here")).toEqual([{ name: "pool-0", signal: "SIGKILL" }]);

    expect(await recovered).toMatchObject({ id: "pool-0", state: "up", restarts: 1 });
    const next = await test.run("pool-0");
    expect(next).not.toBe(pid);
    expect(await test.ask("pool-0", "pid")).toBe(next);
    await waitUntil(() => test.ask("pool-1", "ask", ["pool-0", "pid"]), {
      what: "the other pool to reach it",
    });
  });

  it("fails those who wait for its answers, each once", async () => {
    await using test = await startCluster({ pools: 1 });
    const pid = await test.run("pool-0");
    const answers = Promise.allSettled(Array.from({ length: 1_000 }, () => test.ask("pool-0", "never")));
    await test.ask("pool-0", "add", [1, 1]);
    process.kill(pid, "SIGKILL");
    for (const answer of await answers) {
      expect(answer).toMatchObject({
        reason: { code: "ERR_ACTOR_DIED", details: { signal: "SIGKILL", pid } },
      });
    }
  });

  it("is not started again once the cluster closes", async () => {
    const test = await startCluster({ pools: 1 });
    const pid = await test.run("pool-0");
    process.kill(pid, "SIGKILL");
    await test.cluster.close();
  });
});

it("a pool that throws says why on its standard error", async () => {
  await using test = await startCluster({ pools: 1 });
  await test.run("pool-0");
  const died = nextEvent(test.cluster, "pool-died");
  test.cluster.node.tell("pool-0", "throw", "this is why");
  const death = await died;
  expect(death).toMatchObject({ exitCode: 1, signal: null, reason: "ended with code 1" });
  expect(death.stderr).toContain("Error: this is why");
});

it("a pool that runs out of memory says so", async () => {
  await using test = await startCluster({ pools: [{ maxMemory: 32 }] });
  await test.run("pool-0");
  const died = nextEvent(test.cluster, "pool-died");
  test.cluster.node.tell("pool-0", "eat", undefined);
  const death = await died;
  expect(death).toMatchObject({ reason: "ran out of memory, and was killed by SIGABRT", signal: "SIGABRT" });
  expect(death.stderr.join("\n")).toMatch(/JavaScript heap out of memory/);
});

it("a pool that ends by itself, or by SIGTERM, is started again", async () => {
  await using test = await startCluster({ pools: 1 });
  const pid = await test.run("pool-0");
  const died = nextEvent(test.cluster, "pool-died");
  const recovered = nextEvent(test.cluster, "pool-recovered");
  process.kill(pid, "SIGTERM");
  expect(await died).toMatchObject({ signal: "SIGTERM", reason: "was killed by SIGTERM" });
  expect(test.lines).toEqual([`(pool-0 pid=${pid}) stopping`]);
  await recovered;
  const again = nextEvent(test.cluster, "pool-died");
  await expect(test.ask("pool-0", "exit", 3)).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
  expect(await again).toMatchObject({ exitCode: 3, reason: "ended with code 3" });
});

it("a pool without a backoff is started again at once, however often it dies", async () => {
  await using test = await startCluster({ pools: [{ backoff: 0 }] });
  const times = 9; // after which it would be 10 s by default
  for (let restarts = 1; restarts <= times; restarts++) {
    const recovered = nextEvent(test.cluster, "pool-recovered");
    process.kill(await test.run("pool-0"), "SIGKILL");
    expect(await recovered).toMatchObject({ restarts });
  }
});

it("a Ctrl-C is left to the driver", async () => {
  await using test = await startCluster({ pools: 1 });
  const pid = await test.run("pool-0");
  process.kill(pid, "SIGINT");
  expect(await test.ask("pool-0", "pid")).toBe(pid);
});

it("a pool that is stopped and continued loses nothing", async () => {
  await using test = await startCluster({ pools: 1 });
  const pid = await test.run("pool-0");
  process.kill(pid, "SIGSTOP");
  const answers = Promise.all(Array.from({ length: 1_000 }, (_, n) => test.ask("pool-0", "add", [n, 1])));
  process.kill(pid, "SIGCONT");
  expect(await answers).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
  expect(test.cluster.pools()).toMatchObject([{ state: "up", restarts: 0, pid }]);
});

describe("a pool that does not start", () => {
  it.each([
    ["an option that Node does not know", { execArgv: ["--no-such-option"] }, /bad option: --no-such-option/],
    ["a module that is not there", { execArgv: ["--import", "./nowhere.mjs"] }, /nowhere\.mjs/],
    [
      "an environment that breaks it",
      { env: { NODE_OPTIONS: "--no-such-option" } },
      /not allowed in NODE_OPTIONS/,
    ],
  ])("for %s fails who waits for it, with its standard error", async (_what, options, said) => {
    await using test = await startCluster({ pools: [options], log: false });
    await expect(test.run("pool-0")).rejects.toMatchObject({
      code: "ERR_ACTOR_START",
      message: expect.stringMatching(said),
      details: { pool: "pool-0", exitCode: expect.any(Number), signal: null, stderr: expect.any(Array) },
    });
    await untilPool(test.cluster, "pool-0", "ended");
    expect(test.cluster.actors()).toEqual([]);
  });
});
