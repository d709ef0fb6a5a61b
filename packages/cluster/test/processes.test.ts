import { generateClusterKey } from "@troupe/core";
import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { expect, it } from "vitest";

import type { Cluster, ProcessInfo } from "../src/index.js";
import { LoopWatch } from "../src/processes/loop-watch.js";
import { startCluster } from "./support/start.js";

noLeftovers();

const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
const byName = (all: readonly ProcessInfo[]) => new Map(all.map((process) => [process.name, process]));
type Processes = ReturnType<typeof byName>;

/** What the processes say as soon as that holds: on a busy machine one may not answer in time at first. */
async function processesWhere(cluster: Cluster, holds: (all: Processes) => boolean): Promise<Processes> {
  let all: Processes = new Map();
  const isSo = async () => holds((all = byName(await cluster.processes())));
  await waitUntil(isSo, { what: "what the processes say" });
  return all;
}

const answers = (all: Processes, ...names: string[]) =>
  names.every((name) => all.get(name)?.unresponsive === false);

it("each process that runs says what it takes; a pool that was never started is none", async () => {
  await using test = await startCluster({ pools: 3 });
  const pid = await test.run("pool-1");
  const processes = await processesWhere(test.cluster, (all) => answers(all, "pool-0", "pool-1"));
  expect([...processes.keys()].sort()).toEqual(["driver-0", "pool-0", "pool-1"]);
  expect(processes.get("driver-0")).toMatchObject({ kind: "driver", host: "host-0", pid: process.pid });
  const pool = processes.get("pool-1")!;
  expect(pool).toMatchObject({ kind: "pool", host: "host-0", pid, unresponsive: false });
  expect(pool.cpu).toBeGreaterThan(0);
  expect(pool.uptime).toBeGreaterThanOrEqual(pool.busy!);
  expect(pool.heapTotal).toBeGreaterThanOrEqual(pool.heapUsed!);
  expect(pool.resident).toBeGreaterThan(pool.heapUsed!);
});

it("a thread has a heap and an event loop of its own; the rest is of its process", async () => {
  await using test = await startCluster({ pools: [{ isolation: "thread" }] });
  await test.run("pool-0");
  const processes = await processesWhere(test.cluster, (all) => answers(all, "pool-0"));
  const pool = processes.get("pool-0")!;
  expect(pool.pid).toBe(process.pid);
  expect(pool.heapUsed).toBeGreaterThan(0);
  expect(pool.uptime).toBeGreaterThan(0);
  expect(pool).not.toHaveProperty("cpu");
  expect(pool).not.toHaveProperty("resident");
});

it("one that is frozen keeps nobody waiting, and is said not to answer", async () => {
  await using test = await startCluster({ pools: 2 });
  const pid = await test.run("pool-0");
  await test.run("pool-1");
  process.kill(pid, "SIGSTOP");
  try {
    const processes = await processesWhere(test.cluster, (all) => answers(all, "pool-1"));
    expect(processes.get("pool-0")).toEqual({
      name: "pool-0",
      kind: "pool",
      host: "host-0",
      pid,
      unresponsive: true,
    });
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

it("one that died is there again under another pid", async () => {
  await using test = await startCluster({ pools: 1 });
  const pid = await test.run("pool-0");
  process.kill(pid, "SIGKILL");
  const isNew = (all: Processes) => all.get("pool-0")!.pid !== pid && answers(all, "pool-0");
  await processesWhere(test.cluster, isNew);
});

it("a driver that joined hears it of the head, of all machines", async () => {
  await using harness = await Harness.start();
  const key = generateClusterKey();
  const env = { TROUPE_KEY: key, TROUPE_LOG: "silent" };
  await using test = await startCluster({ pools: 1, listen: "tcp://127.0.0.1:*", key });
  await test.run("pool-0");
  const address = test.cluster.address!;
  const host = harness.spawn(program("host"), { args: [address, "0"], env });
  await host.line(/^joined/);
  const driver = harness.spawn(program("joined-driver"), { args: [address], env });
  await driver.line(/^joined/);
  await driver.send('["processes"]');
  const [, answer] = await driver.line(/^answer (.*)/);
  await driver.send('["close"]');
  expect(await driver.exited).toMatchObject({ code: 0 });
  await host.kill();
  const processes = byName(JSON.parse(answer!) as ProcessInfo[]);
  expect([...processes.keys()].sort()).toEqual(["driver-0", "driver-1", "host-1", "pool-0"]);
  expect(processes.get("host-1")).toMatchObject({ kind: "host", host: "host-1", pid: host.pid });
  expect(processes.get("driver-1")).toMatchObject({ kind: "driver", pid: driver.pid });
});

it("an event loop is watched from when somebody asks, and what held it up is seen", async () => {
  const loop = new LoopWatch();
  try {
    expect(loop.read()).toBeUndefined();
    const held = new Int32Array(new SharedArrayBuffer(4));
    const looks = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      Atomics.wait(held, 0, 0, 100);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return loop.read();
    };
    // A look that the watch has not begun with yet sees nothing.
    await waitUntil(async () => ((await looks())?.max ?? 0) >= 50, { what: "the delay" });
  } finally {
    loop.close();
  }
});
