import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { startCluster, untilPool } from "./support/start.js";

noLeftovers();

describe("pools", () => {
  it("start when something is placed there, the first at once, and answer", async () => {
    await using test = await startCluster({ pools: 2 });
    const { cluster } = test;
    await untilPool(cluster, "pool-0", "up");
    expect(cluster.pools().map(({ state }) => state)).toEqual(["up", "idle"]);
    expect(cluster.pools()[1]!.pid).toBeUndefined();
    const pid = await test.run("pool-1");
    expect(await test.ask("pool-1", "pid")).toBe(pid);
    expect(await test.ask("pool-1", "add", [1, 2])).toBe(3);
    expect(cluster.pools()[1]).toMatchObject({ id: "pool-1", host: "host-0", state: "up", pid, actors: 1 });
    expect(cluster.hosts()).toMatchObject([{ name: "host-0", pools: ["pool-0", "pool-1"] }]);
    expect(cluster.actors()).toMatchObject([{ path: "worker-0", pool: "pool-1", host: "host-0", pid }]);
  });

  it("speak to each other", async () => {
    await using test = await startCluster();
    await test.run("pool-0");
    await test.run("pool-1");
    expect(await test.ask("pool-0", "ask", ["pool-1", "add", [2, 3]])).toBe(5);
    expect(await test.ask("pool-1", "ask", ["pool-1", "add", [2, 3]])).toBe(5);
    await expect(test.ask("pool-0", "ask", ["pool-7", "add", [2, 3]])).rejects.toMatchObject({
      code: "ERR_PEER_LEFT",
    });
  });

  it("ask the brain, and tell it", async () => {
    await using test = await startCluster();
    await test.run("pool-0");
    const brain = (method: string, ...args: unknown[]) => test.ask("pool-0", "brain", [method, ...args]);
    const request = { class: "Child", parent: 1, name: "kid", namespace: "family", pool: "pool-1" };
    const { record } = (await brain("place", request)) as { record: { id: number; pid: number } };
    const pid = await test.ask("pool-1", "pid");
    expect(record).toMatchObject({ path: "worker-0/child-0", pool: "pool-1", name: "kid", pid });
    await brain("watch", record.id, "pool-0");
    await brain("started", record.id);
    expect(await brain("find", "kid", "family")).toEqual(record);
    expect(await brain("locate", record.id)).toEqual(record);
    expect(await brain("children", 1)).toEqual([record]);
    expect(await brain("parent", record.id)).toMatchObject({ path: "worker-0" });
    expect(await brain("actors")).toHaveLength(2);
    await expect(brain("place", request)).rejects.toMatchObject({ code: "ERR_NAME_TAKEN" });
    await brain("ended", record.id, "stopped", "enough");
    expect(await brain("locate", record.id)).toMatchObject({ ended: "was stopped: enough" });
    expect(await test.ask("pool-0", "events")).toEqual([
      { id: record.id, event: "started" },
      { id: record.id, event: "stopped", reason: "enough" },
    ]);
    await expect(test.ask("pool-0", "ask", ["driver-0", "brain", ["kill"]])).rejects.toMatchObject({
      code: "ERR_PROTOCOL",
    });
  });

  it("that wait for one that is being made get it when it is there, or make it when it was not to be", async () => {
    await using test = await startCluster();
    await test.run("pool-0");
    const { brain, name: creator } = test.cluster.node;
    const request = { class: "Store", creator, name: "store", getIfExists: true };
    const first = await brain.place(request);
    const second = brain.place(request);
    brain.failed(first.record.id);
    const other = await second;
    expect(other).toMatchObject({ existing: false });
    const third = brain.place(request);
    brain.started(other.record.id);
    expect(await third).toEqual({ record: other.record, existing: true });
  });

  it("have the options that they were given", async () => {
    const env = { TEST_ADDED: "yes", PATH: undefined };
    const options = { label: "big", env, execArgv: ["--expose-gc"], maxMemory: 128, threads: 7 };
    await using test = await startCluster({ pools: [options] });
    await test.run("big");
    expect(await test.ask("pool-0", "env", "TEST_ADDED")).toBe("yes");
    expect(await test.ask("pool-0", "env", "PATH")).toBeNull();
    expect(await test.ask("pool-0", "env", "UV_THREADPOOL_SIZE")).toBe("7");
    const execArgv = [...process.execArgv, "--expose-gc", "--max-old-space-size=128"];
    expect(await test.ask("pool-0", "execArgv")).toEqual(execArgv);
    expect(test.cluster.pools()).toMatchObject([{ label: "big", isolation: "process" }]);
  });

  it("end in order when they are stopped", async () => {
    const test = await startCluster();
    await test.run("pool-0");
    await test.run("pool-1");
    await test.cluster.close();
    await test.cluster.close();
    const said = test.lines.map((line) => line.replace(/\d+/g, "n")).sort();
    expect(said).toEqual(["(pool-n pid=n) stopping", "(pool-n pid=n) stopping"]);
    await expect(test.cluster.addPool()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("end with the cluster though they are stuck, or being started", async () => {
    const test = await startCluster({ pools: 1 });
    const pid = await test.run("pool-0");
    test.cluster.node.tell("pool-0", "loop", undefined);
    await waitUntil(() => test.lines.includes(`(pool-0 pid=${pid}) stuck`), { what: "the pool to be stuck" });
    const added = expect(test.cluster.addPool({ execArgv: [] })).rejects.toMatchObject({
      code: "ERR_CLOSED",
    });
    await test.cluster.close();
    await added;
  });
});

describe("a pool that is added", () => {
  it("is there at once, and used", async () => {
    await using test = await startCluster({ pools: 0 });
    await expect(test.run("pool-0")).rejects.toMatchObject({ code: "ERR_NO_RESOURCES" });
    const added = await test.cluster.addPool({ label: "late", execArgv: [] });
    expect(added).toMatchObject({ id: "pool-0", label: "late", state: "up", restarts: 0 });
    expect(await test.run("late")).toBe(added.pid);
  });

  it("leaves nothing when its options are wrong, or it does not start", async () => {
    await using test = await startCluster({ pools: 0 });
    await expect(test.cluster.addPool({ maxMemory: -1 })).rejects.toMatchObject({ code: "ERR_CONFIG" });
    await expect(test.cluster.addPool({ execArgv: ["--no-such-option"] })).rejects.toMatchObject({
      code: "ERR_ACTOR_START",
    });
    expect(test.cluster.pools()).toEqual([]);
  });
});

describe("a pool that is removed", () => {
  it("stops its actors, then goes, and nobody speaks of its death", async () => {
    const stopped: string[] = [];
    await using test = await startCluster({
      stopActor: ({ id, path }, reason) => {
        stopped.push(`${path} as ${reason}`);
        test.cluster.node.brain.ended(id, "stopped", reason);
        return Promise.resolve();
      },
    });
    const died: unknown[] = [];
    test.cluster.on("pool-died", (death) => died.push(death));
    await test.run("pool-0");
    await test.run("pool-1");
    await test.cluster.removePool("pool-0");
    expect(stopped).toEqual(["worker-0 as its pool pool-0 was removed"]);
    expect(test.cluster.pools().map(({ id }) => id)).toEqual(["pool-1"]);
    expect(died).toEqual([]);
    await expect(test.run("pool-0")).rejects.toMatchObject({ code: "ERR_NO_RESOURCES" });
    await expect(test.cluster.removePool("pool-0")).rejects.toMatchObject({ code: "ERR_NO_RESOURCES" });
    // Its name is not given again.
    expect(await test.cluster.addPool({ execArgv: [] })).toMatchObject({ id: "pool-2" });
  });

  it("is gone for those who wait for its answers", async () => {
    await using test = await startCluster();
    await test.run("pool-0");
    await test.run("pool-1");
    const answers = Promise.allSettled([
      test.ask("pool-0", "never"),
      test.ask("pool-1", "ask", ["pool-0", "never"]),
    ]);
    await test.ask("pool-1", "ask", ["pool-0", "add", [1, 1]]);
    await test.cluster.removePool("pool-0");
    expect((await answers).map((answer) => (answer as PromiseRejectedResult).reason?.code)).toEqual([
      "ERR_ACTOR_DIED",
      "ERR_ACTOR_DIED",
    ]);
  });
});

it("closing stops the actors at the root first, however long it takes others", async () => {
  const stopped: string[] = [];
  const test = await startCluster({
    stopActor: async ({ path }) => {
      stopped.push(path);
      if (path === "worker-1") return;
      await waitUntil(() => stopped.length === 2, { what: "the other" });
    },
  });
  await test.run("pool-0");
  await test.run("pool-0");
  await test.cluster.close();
  expect(stopped).toEqual(["worker-0", "worker-1"]);
});
