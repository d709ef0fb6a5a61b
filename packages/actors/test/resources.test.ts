import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { address, affinity, idle, label, mostFree, pack, poolIndex, random, spread } from "@troupe/resources";
import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { actorOf, stop } from "../src/index.js";
import { Slow, Tenant } from "./programs/placed.mjs";
import { crash, failureOf, type Ref, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();

const machine = { cpu: 2, memory: "1GiB", gpus: 2, resources: { camera: 1 } };

async function waits({ system }: TestSystem, count: number): Promise<void> {
  await waitUntil(async () => (await system.cluster.resources()).waiting.length === count, {
    what: `${count} who wait`,
  });
}

describe("an actor that takes resources", () => {
  it("waits until they are free, in the order of those who asked", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    const first = (await running.system.create(Tenant, [], { cpu: 1.5 })) as Ref;
    const made: string[] = [];
    const large = running.system.create(Tenant, [], { cpu: 2, name: "large" }).then(() => made.push("large"));
    await waits(running, 1);
    const small = running.system
      .create(Tenant, [], { cpu: 0.5, name: "small" })
      .then(() => made.push("small"));
    await waits(running, 2);
    expect((await running.system.cluster.resources()).available.cpu).toBe(0.5);
    await stop(first);
    await large;
    expect(made).toEqual(["large"]);
    await stop((await running.system.find("large"))!);
    await small;
    expect(made).toEqual(["large", "small"]);
  });

  it("gives them back when it ends, by whichever way, or cannot be made", async () => {
    await using running = await startSystem({ resources: machine });
    const options = { cpu: 1, memory: "512MiB", resources: { camera: 1 } };
    const free = async () => {
      const { cpu, memory, resources } = (await running.system.cluster.resources()).available;
      return [cpu, memory, resources["camera"]];
    };
    const all = [2, 2 ** 30, 1];
    const stopped = (await running.system.create(Tenant, [], options)) as Ref;
    expect(await free()).toEqual([1, 2 ** 29, 0]);
    await stop(stopped);
    expect(await free()).toEqual(all);
    const lost = (await running.system.create(Tenant, [], options)) as Ref;
    await crash(running, lost);
    expect(await free()).toEqual(all);
    const taken = await failureOf(running.system.create(Tenant, [], { ...options, name: "a/b" }));
    expect(taken).toMatchObject({ code: "ERR_CONFIG" });
    expect(await free()).toEqual(all);
  });

  it("takes them again when it is made again", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    const tenant = (await running.system.create(Tenant, [], { cpu: 2, restarts: 1 })) as Ref;
    await crash(running, tenant);
    await tenant["where"]();
    expect((await running.system.cluster.resources()).available.cpu).toBe(0);
  });

  it("is refused at once what can never be had, with what was asked and what there is", async () => {
    await using running = await startSystem({ resources: machine });
    expect(await failureOf(running.system.create(Tenant, [], { cpu: 3, gpu: 1 }))).toMatchObject({
      code: "ERR_NO_RESOURCES",
      message: expect.stringMatching(/cpu 3.*gpu 1.*host-0.*cpu 2/s),
    });
    expect(await failureOf(running.system.create(Tenant, [], { resources: { robot: 1 } }))).toMatchObject({
      code: "ERR_NO_RESOURCES",
    });
    for (const options of [
      { cpu: -1 },
      { gpu: Number.NaN },
      { gpu: 1.5 },
      { memory: "much" },
      { placement: "near" },
    ])
      expect(await failureOf(running.system.create(Tenant, [], options))).toMatchObject({
        code: "ERR_CONFIG",
      });
  });

  it("waits no longer than it is told to, and takes its request back", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    const { system } = running;
    await system.create(Tenant, [], { cpu: 1.5 });
    expect(await failureOf(system.create(Tenant, [], { cpu: 2, timeout: 20 }))).toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringContaining("waiting for cpu 2"),
    });
    const given = new AbortController();
    const cancelled = failureOf(system.create(Tenant, [], { cpu: 2, signal: given.signal }));
    await waits(running, 1);
    given.abort();
    expect(await cancelled).toMatchObject({
      code: "ERR_CANCELLED",
      message: expect.stringContaining("waiting for cpu 2"),
    });
    expect(await failureOf(system.create(Tenant, [], { signal: given.signal }))).toMatchObject({
      code: "ERR_CANCELLED",
    });
    expect(await failureOf(system.create(Tenant, [], { timeout: -1 }))).toMatchObject({ code: "ERR_CONFIG" });
    // From another process, too.
    const other = (await system.create(Tenant)) as Ref;
    expect(await failureOf(other["sublet"]({ cpu: 2, timeout: 20 }))).toMatchObject({ code: "ERR_TIMEOUT" });
    expect(await failureOf(other["subletFor"]({ cpu: 2 }, 20))).toMatchObject({
      code: "ERR_CANCELLED",
      message: expect.stringContaining("waiting for cpu 2"),
    });
    await waits(running, 0);
    expect((await system.cluster.resources()).available.cpu).toBe(0.5);
    await system.create(Tenant, [], { cpu: 0.5, timeout: 30_000 });
    expect(system.actors()).toHaveLength(3);
  });

  it("is done away with when it takes too long to start", async () => {
    await using running = await startSystem({ resources: machine });
    const { system } = running;
    const making = system.create(Slow, [], { cpu: 1, name: "slow", timeout: 500 });
    expect(await failureOf(making)).toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringMatching(/making slow-0 in pool-0|waiting for pool-0 to start/),
    });
    expect((await system.cluster.resources()).available.cpu).toBe(2);
    expect(await system.find("slow")).toBeUndefined();
  });

  it("waits no more when the cluster is closed", async () => {
    const running = await startSystem({ resources: machine });
    await running.system.create(Tenant, [], { cpu: 2 });
    const waiting = failureOf(running.system.create(Tenant, [], { cpu: 1 }));
    await waits(running, 1);
    await running.system.close();
    expect(await waiting).toMatchObject({ code: "ERR_CANCELLED" });
  });

  it("is refused where two would wait for each other", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    const first = (await running.system.create(Tenant, [], { cpu: 1 })) as Ref;
    const second = (await running.system.create(Tenant, [], { cpu: 1 })) as Ref;
    const waiting = first["sublet"]({ cpu: 1 }) as Promise<string>;
    await waits(running, 1);
    expect(await failureOf(second["sublet"]({ cpu: 1 }))).toMatchObject({
      code: "ERR_DEADLOCK",
      message: expect.stringMatching(/tenant-0.*tenant-1|tenant-1.*tenant-0/s),
    });
    await stop(second);
    expect(await waiting).toBe("tenant-0/tenant-0");
  });

  it("sees its GPUs, and libraries use as many threads as it has cores", async () => {
    await using running = await startSystem({ pools: 3, resources: machine });
    const names = ["CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"] as const;
    const env = async (tenant: Ref) => Object.values((await tenant["env"](...names)) as object);
    const whole = (await running.system.create(Tenant, [], { gpu: 1, cpu: 2 })) as Ref;
    const half = (await running.system.create(Tenant, [], { gpu: 0.5 })) as Ref;
    const none = (await running.system.create(Tenant, [], { placement: idle() })) as Ref;
    expect([await env(whole), await env(half), await env(none)]).toEqual([
      ["0", "2"],
      ["1", undefined],
      [undefined, undefined],
    ]);
  });
});

describe("a placement", () => {
  it("by policy", async () => {
    const pools = [{ label: "a" }, { label: "b" }, { label: "b" }];
    await using running = await startSystem({ pools, resources: machine });
    const { system } = running;
    const pool = async (placement: NonNullable<Parameters<typeof system.create>[2]>["placement"]) =>
      actorOf((await system.create(Tenant, [], { placement })) as Ref).pool;
    expect(await pool(poolIndex(2))).toBe("pool-2");
    expect(await pool(label("a"))).toBe("pool-0");
    expect(await pool(idle("b"))).toBe("pool-1");
    expect(await pool(affinity({ host: "host-0", pool: "pool-1" }))).toBe("pool-1");
    expect(["pool-0", "pool-2"]).toContain(await pool("spread"));
    for (const policy of [random(7), mostFree(), pack(), address("host-0"), spread()])
      expect(["pool-0", "pool-1", "pool-2"]).toContain(await pool(policy));
    expect(await failureOf(pool(label("c")))).toMatchObject({ code: "ERR_NO_RESOURCES" });
    const last = { name: "last", choose: (_: unknown, candidates: readonly never[]) => candidates.at(-1) };
    expect(await pool(last)).toBe("pool-2");
  });

  it("from other actors too, but for a policy of one's own", async () => {
    await using running = await startSystem({ pools: 3, resources: machine });
    const tenant = (await running.system.create(Tenant, [], { pool: "pool-0" })) as Ref;
    expect(await tenant["sublet"]({ placement: { policy: "poolIndex", value: 2 } })).toBe(
      "tenant-0/tenant-0",
    );
    expect(actorOf((await running.system.find("tenant-0/tenant-0")) as Ref).pool).toBe("pool-2");
    expect(await failureOf(tenant["sublet"]({ placement: { policy: "mine" } }))).toMatchObject({
      code: "ERR_CONFIG",
    });
  });

  it("in a group whose bundles were set aside", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    const group = await running.system.cluster.placementGroup(
      [{ cpu: 1 }, { cpu: 1, gpu: 1 }],
      "strict-pack",
    );
    const waiting = running.system.create(Tenant, [], { cpu: 1 });
    await waits(running, 1);
    const inGroup = await running.system.create(Tenant, [], { cpu: 1, gpu: 1, placement: group.bundle(1) });
    expect(actorOf(inGroup as Ref).path).toBe("tenant-1");
    group.remove();
    await waiting;
    expect(await failureOf(running.system.cluster.placementGroup([{ cpu: 9 }]))).toMatchObject({
      code: "ERR_NO_RESOURCES",
    });
  });

  it("stays with its actor when the group is removed, until the actor ends", async () => {
    await using running = await startSystem({ resources: machine });
    const { cluster } = running.system;
    const group = await cluster.placementGroup([{ cpu: 1 }, { cpu: 1 }]);
    const inGroup = (await running.system.create(Tenant, [], { cpu: 1, placement: group.bundle(0) })) as Ref;
    group.remove();
    expect((await cluster.resources()).available.cpu).toBe(1);
    await inGroup["where"]();
    await stop(inGroup);
    expect((await cluster.resources()).available.cpu).toBe(2);
  });

  it("in a pool that left is refused", async () => {
    await using running = await startSystem({ pools: 2, resources: machine });
    await running.system.create(Tenant, [], { cpu: 0.1 });
    await running.system.cluster.removePool("pool-1");
    for (const options of [{ pool: "pool-1" }, { pool: "pool-1", cpu: 0.1 }, { placement: poolIndex(1) }])
      expect(await failureOf(running.system.create(Tenant, [], options))).toMatchObject({
        code: "ERR_NO_RESOURCES",
      });
    const { id } = await running.system.cluster.addPool({ execArgv: [] });
    expect(actorOf((await running.system.create(Tenant, [], { pool: id, cpu: 0.1 })) as Ref).pool).toBe(id);
  });

  it("as a file says, by class", async () => {
    await using harness = await Harness.start();
    const file = join(harness.directory, "troupe.yaml");
    const text =
      "hosts: [{ name: here, cpu: 2 }]\ncomponents: { tenant: { cpu: 1, placement: spread }, tennant: { cpu: 2 } }\n";
    writeFileSync(file, text);
    const warnings: unknown[][] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (...line: unknown[]) => void warnings.push(line) };
    await using running = await startSystem({ pools: 2, resources: file, log });
    expect(warnings).toEqual([
      [
        expect.objectContaining({ file, components: ["tennant"] }),
        expect.stringContaining("says what tennant take"),
      ],
    ]);
    await running.system.create(Tenant);
    expect((await running.system.cluster.resources()).available.cpu).toBe(1);
    await running.system.create(Tenant, [], { cpu: 0.25 });
    expect((await running.system.cluster.resources()).available.cpu).toBe(0.75);
    writeFileSync(file, text.replace("tenant:", "Tenant:"));
    await using other = await startSystem({ resources: file, log: false });
    await other.system.create(Tenant);
    expect((await other.system.cluster.resources()).available.cpu).toBe(1);
    writeFileSync(file, text.replace("tennant:", "Tenant:"));
    expect(await failureOf(startSystem({ resources: file }))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("says twice what tenant takes: as tenant, and as Tenant"),
    });
    writeFileSync(file, text.replace("cpu: 1,", "cpus: 1,"));
    expect(await failureOf(startSystem({ resources: file }))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringMatching(/troupe\.yaml:2:\d+ components\.tenant/),
    });
  });
});

describe("a pool bound", () => {
  it.each(["process", "thread"] as const)("to cores runs there: a %s", async (isolation) => {
    await using running = await startSystem({ pools: [{ cores: 1, isolation }, { isolation }] });
    const bound = (await running.system.create(Tenant, [], { pool: "pool-0" })) as Ref;
    expect(await bound["cores"]()).toBe("1");
    expect(await bound["env"]("OMP_NUM_THREADS")).toEqual({ OMP_NUM_THREADS: "1" });
    const free = (await running.system.create(Tenant, [], { pool: "pool-1" })) as Ref;
    expect(await free["cores"]()).not.toBe("1");
  });

  it("to a GPU sees that one, and gets the actors that need one", async () => {
    await using running = await startSystem({ pools: [{}, { gpu: 1 }], resources: { ...machine, gpus: 2 } });
    const bound = (await running.system.create(Tenant, [], { pool: "pool-1" })) as Ref;
    expect(await bound["env"]("CUDA_VISIBLE_DEVICES")).toEqual({ CUDA_VISIBLE_DEVICES: "1" });
  });

  it("to what there is not is refused", async () => {
    await using running = await startSystem({ pools: 0 });
    for (const options of [{ cores: -1 }, { cores: [] }, { cores: "0" }, { gpu: 0.5 }])
      expect(await failureOf(running.system.cluster.addPool(options as never))).toMatchObject({
        code: "ERR_CONFIG",
      });
    await running.system.cluster.resources();
    expect(await failureOf(running.system.cluster.addPool({ gpu: 9 }))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("names device 9"),
    });
    expect(running.system.cluster.pools()).toEqual([]);
    expect(await failureOf(running.system.cluster.addPool({ cores: 4000 }))).toMatchObject({
      code: "ERR_CONFIG",
      message: expect.stringContaining("cannot be bound to 4000"),
    });
  });
});
