import { generateClusterKey } from "@troupe/core";
import { Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { type Cluster, JoinedCluster } from "../src/index.js";
import { startCluster, type TestCluster, type TestClusterOptions } from "./support/start.js";

noLeftovers();

const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
const key = generateClusterKey();
const env = { TROUPE_KEY: key, TROUPE_LOG: "silent" };

/** A cluster that others may join, whose actors end when they are stopped. */
async function startHead(options: TestClusterOptions = {}): Promise<TestCluster> {
  const test: TestCluster = await startCluster({
    pools: 1,
    listen: "tcp://127.0.0.1:*",
    key,
    stopActor: async ({ id }, reason) => test.cluster.node.brain.ended(id, "stopped", reason),
    ...options,
  });
  return test;
}

interface Driver {
  readonly process: HarnessProcess;
  readonly name: string;
  do(...deed: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

async function join(harness: Harness, { address }: Cluster, options = {}): Promise<Driver> {
  const driver = harness.spawn(program("joined-driver"), { args: [address!, JSON.stringify(options)], env });
  const [, name] = await driver.line(/^joined as (\S+)/);
  return {
    process: driver,
    name: name!,
    async do(...deed) {
      await driver.send(JSON.stringify(deed));
      const [, answer] = await driver.line(/^answer (.*)/);
      return JSON.parse(answer!) as unknown;
    },
    async close() {
      await driver.send('["close"]');
      expect(await driver.exited).toMatchObject({ code: 0 });
    },
  };
}

describe("a driver that joins", () => {
  it("has a name and a place, and knows the machines and pools at once", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ resources: { cpu: 3 } });
    const driver = await join(harness, test.cluster);
    expect(driver.name).toBe("driver-1");
    expect(driver.process.lines[0]).toContain("on host-0 with driver-0");
    expect(await driver.do("hosts")).toMatchObject([{ name: "host-0", pools: ["pool-0"] }]);
    expect(await driver.do("pools")).toMatchObject([{ id: "pool-0", host: "host-0" }]);
    expect(await driver.do("resources")).toMatchObject({ total: { cpu: 3 } });
    await driver.close();
  });

  it("hears of hosts and pools that come, change and go", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const driver = await join(harness, test.cluster);
    const pool = { execArgv: [], label: "mine" };
    expect(await driver.do("addPool", pool)).toMatchObject({ id: "pool-1", label: "mine", state: "up" });
    const host = harness.spawn(program("host"), { args: [test.cluster.address!, "1"], env });
    await host.line(/^joined/);
    await waitUntil(async () => ((await driver.do("hosts")) as unknown[]).length === 2, { what: "the host" });
    expect(await driver.do("pools")).toMatchObject([{ id: "pool-0" }, { label: "mine" }, { host: "host-1" }]);
    expect(await driver.do("addPool", { cores: 4_000 })).toMatchObject({ code: "ERR_CONFIG" });
    await driver.do("removePool", "pool-1");
    expect(await driver.do("removePool", "pool-1")).toMatchObject({ code: "ERR_NO_RESOURCES" });
    await host.kill();
    await waitUntil(async () => ((await driver.do("hosts")) as unknown[]).length === 1, { what: "its end" });
    expect(await driver.do("pools")).toMatchObject([{ id: "pool-0" }]);
    await driver.close();
  });

  it("places actors, speaks to pools and other drivers, and has a namespace of its own", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const [one, other] = [
      await join(harness, test.cluster, { namespace: "mine" }),
      await join(harness, test.cluster),
    ];
    expect(await one.do("place", { name: "it" })).toMatchObject({ pool: "pool-0", path: "worker-0" });
    expect(await one.do("find", "it")).toMatchObject({ name: "it" });
    expect(await other.do("find", "it")).toBe(null);
    expect(await other.do("find", "it", "mine")).toMatchObject({ name: "it" });
    expect(await one.do("ask", "pool-0", "add", [1, 2])).toBe(3);
    for (const driver of [one, other]) await driver.close();
  });
});

describe("what belongs to a driver", () => {
  it("goes when it closes, but for the detached; the cluster stays", async () => {
    await using harness = await Harness.start();
    await using test = await startHead();
    const driver = await join(harness, test.cluster);
    await driver.do("place", {});
    await driver.do("place", { detached: true });
    await test.run("pool-0");
    await driver.close();
    await waitUntil(() => test.cluster.actors().length === 2, { what: "its actor to be stopped" });
    expect(test.cluster.actors().map(({ path }) => path)).toEqual(["worker-1", "worker-2"]);
    expect(await test.ask("pool-0", "add", [1, 2])).toBe(3);
  });

  it("goes when it is killed, its placement groups too", async () => {
    await using harness = await Harness.start();
    await using test = await startHead({ resources: { cpu: 2 } });
    const driver = await join(harness, test.cluster);
    await driver.do("place", { revival: { recipe: null, restarts: { max: 9, window: 1_000, backoff: 0 } } });
    expect(await driver.do("group", [{ cpu: 2 }])).toMatchObject({ bundle: 0 });
    expect((await test.cluster.resources()).available.cpu).toBe(0);
    await driver.process.kill();
    await waitUntil(() => test.cluster.actors().length === 0, { what: "its actors to go" });
    await waitUntil(async () => (await test.cluster.resources()).available.cpu === 2, {
      what: "its group to go",
    });
    await expect(test.ask(driver.name, "anything")).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
  });
});

describe("a driver whose head", () => {
  async function spawnHead(harness: Harness) {
    const args = [JSON.stringify({ pools: 1, listen: "tcp://127.0.0.1:*" })];
    const head = harness.spawn(program("head"), { args, env });
    const [, address] = await head.line(/^at (.*)/);
    return { head, cluster: { address } as Cluster };
  }

  it("closes or dies hears what was lost, and can still close", async () => {
    await using harness = await Harness.start();
    for (const how of ["close", "kill"] as const) {
      const { head, cluster } = await spawnHead(harness);
      const driver = await join(harness, cluster);
      await driver.do("place", {});
      if (how === "kill") await head.kill();
      else {
        await head.send('["close"]');
        await head.exited;
      }
      await waitUntil(
        async () => {
          const answer = (await driver.do("ask", "pool-0", "add", [1, 2])) as { code?: string };
          return answer.code === "ERR_ACTOR_DIED";
        },
        { what: "the pool to be lost" },
      );
      expect(await driver.do("resources")).toMatchObject({ code: "ERR_ACTOR_DIED" });
      await driver.close();
    }
  });

  it("has another key does not let it in", async () => {
    await using test = await startHead();
    const address = test.cluster.address!;
    const other = JoinedCluster.join({ address, key: generateClusterKey() });
    await expect(other).rejects.toMatchObject({ code: "ERR_UNAUTHORIZED" });
    await expect(JoinedCluster.join({ address })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
