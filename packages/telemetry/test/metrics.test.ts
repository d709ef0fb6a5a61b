import { readFileSync } from "node:fs";

import { generateClusterKey } from "@troupe/core";
import { actorOf, cancel, type Cluster, get, kill, put } from "@troupe/dist";
import { Harness, noLeftovers, waitUntil } from "@troupe/testkit";
import { Gauge, Registry } from "prom-client";
import { describe, expect, it } from "vitest";

import { type ClusterMetrics, metrics } from "../src/index.js";
import { Counter, double, fails, Keeper, waits } from "./programs/actors.mjs";
import { type Family, parseExposition } from "./support/exposition.js";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

type Families = ReadonlyMap<string, Family>;

const read = async (measured: ClusterMetrics) => parseExposition(await measured.text());

/** The value of a sample, by its name with its labels, as it is written. */
function valueOf(families: Families, sample: string): number | undefined {
  const [, name = "", labels = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(sample)!;
  return families.get(name)?.samples.get(labels);
}

/** The metrics once they have those values: on a busy machine a process may not answer in time at first. */
function readUntil(measured: ClusterMetrics, values: Record<string, number | undefined>): Promise<Families> {
  const look = async () => {
    const families = await read(measured);
    const seen = Object.keys(values).map((sample) => [sample, valueOf(families, sample)]);
    expect(Object.fromEntries(seen)).toEqual(values);
    return families;
  };
  return waitUntil(look, { what: "the metrics", timeout: 20_000 });
}

const calls = (method: string) => `troupe_method_calls_total{class="Counter",method="${method}"}`;
const up = (process: string) => `troupe_up{host="host-0",process="${process}"}`;

/** What the README says there is, by name: type and labels. */
function documented(): Map<string, { readonly type: string; readonly labels: readonly string[] }> {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const rows = readme.matchAll(/^\| `(troupe_\w+)` +\| (counter|gauge) +\| ([^|]*?) +\|/gm);
  return new Map(
    Array.from(rows, ([, name, type, labels]) => [
      name!,
      { type: type!, labels: Array.from(labels!.matchAll(/`(\w+)`/g), ([, label]) => label!) },
    ]),
  );
}

describe("the metrics of a cluster", () => {
  it("are those that the README lists, in the format of Prometheus", async () => {
    await using cluster = await startCluster({ resources: { cpu: 2, resources: { camera: 1 } } });
    const measured = metrics(cluster);
    for (const pool of ["pool-0", "pool-1"]) await (await Counter.with({ pool }).create()).add(1);
    using _ref = put(new Uint8Array(1_000_000));
    await failureOf((await Counter.create()).threw());
    const families = await readUntil(measured, { [up("driver-0")]: 1, [up("pool-0")]: 1, [up("pool-1")]: 1 });
    const expected = documented();
    expect([...families.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, { type, labels }] of expected) {
      const family = families.get(name)!;
      expect(family.type, name).toBe(type);
      for (const sample of family.samples.keys()) {
        const names = Array.from(sample.matchAll(/(\w+)="/g), ([, label]) => label!);
        expect(names, name).toEqual(labels);
      }
    }
  });

  it("have each process, with what it takes", async () => {
    await using cluster = await startCluster();
    const measured = metrics(cluster);
    const counter = await Counter.with({ pool: "pool-1" }).create();
    const pid = await counter.pid();
    // Nobody watched the event loops before they were asked for.
    expect((await read(measured)).get("troupe_process_event_loop_delay_max_seconds")!.samples.size).toBe(0);
    const families = await readUntil(measured, { [up("driver-0")]: 1, [up("pool-1")]: 1 });
    const of = (name: string) =>
      valueOf(families, `troupe_process_${name}{host="host-0",process="pool-1",pid="${pid}"}`)!;
    expect(of("cpu_seconds_total")).toBeGreaterThan(0);
    expect(of("resident_memory_bytes")).toBeGreaterThan(of("heap_used_bytes"));
    expect(of("heap_size_bytes")).toBeGreaterThanOrEqual(of("heap_used_bytes"));
    expect(of("uptime_seconds")).toBeGreaterThanOrEqual(of("event_loop_busy_seconds_total"));
    expect(of("uptime_seconds")).toBeLessThan(600);
    const delay = `troupe_process_event_loop_delay_max_seconds{host="host-0",process="pool-1",pid="${pid}"}`;
    const watched = await waitUntil(async () => valueOf(await read(measured), delay), { what: delay });
    expect(watched).toBeLessThan(600);
  });

  it("have what was called, by method, and what it took", async () => {
    await using cluster = await startCluster();
    const measured = metrics(cluster);
    const before = await read(measured);
    const had = (name: string) => valueOf(before, name) ?? 0;
    for (const pool of ["pool-0", "pool-1"]) {
      const counter = await Counter.with({ pool }).create();
      for (let i = 0; i < 50; i++) await counter.add(1);
      await counter.later(30);
      await failureOf(counter.threw());
    }
    const errors = 'troupe_method_errors_total{class="Counter",method="threw"}';
    const families = await readUntil(measured, {
      [calls("add")]: had(calls("add")) + 100,
      [calls("later")]: had(calls("later")) + 2,
      [calls("threw")]: had(calls("threw")) + 2,
      [errors]: had(errors) + 2,
    });
    const took = valueOf(families, 'troupe_method_seconds_total{class="Counter",method="later"}')!;
    expect(took).toBeGreaterThanOrEqual(0.058);
  });

  it("have actors by class, what waits for them and what they run", async () => {
    await using cluster = await startCluster();
    const measured = metrics(cluster);
    const counters = await Promise.all([Counter.create(), Counter.create(), Counter.create()]);
    await Keeper.create();
    const stuck = [0, 1, 2].map(() => failureOf(counters[0].stuck()));
    await readUntil(measured, {
      'troupe_actors{class="Counter"}': 3,
      'troupe_actors{class="Keeper"}': 1,
      'troupe_actor_mailbox_messages{class="Counter"}': 2,
      'troupe_actor_running_calls{class="Counter"}': 1,
      'troupe_actor_running_calls{class="Keeper"}': 0,
    });
    await kill(counters[0]);
    await Promise.all(stuck);
    await readUntil(measured, { 'troupe_actors{class="Counter"}': 2 });
  });

  it("have tasks: those that wait, that run, and that came to their end", async () => {
    await using cluster = await startCluster({ pools: 1 });
    const measured = metrics(cluster);
    await readUntil(measured, { troupe_task_runs_total: 0, 'troupe_tasks{state="running"}': 0 });
    for (let n = 0; n < 3; n++) expect(await get(double.submit(n))).toBe(2 * n);
    await failureOf(get(fails.submit()));
    await readUntil(measured, { troupe_task_runs_total: 4, 'troupe_tasks{state="waiting"}': 0 });
    const results = [waits.submit(), waits.submit(), waits.submit()];
    await readUntil(measured, { 'troupe_tasks{state="running"}': 1, 'troupe_tasks{state="waiting"}': 2 });
    for (const result of results) cancel(result);
    for (const result of results)
      expect(await failureOf(get(result))).toMatchObject({ code: "ERR_CANCELLED" });
    await readUntil(measured, { 'troupe_tasks{state="running"}': 0, 'troupe_tasks{state="waiting"}': 0 });
  });

  it("have resources and objects by machine", async () => {
    const memory = 2 ** 30;
    await using cluster = await startCluster({
      resources: { cpu: 4, memory, gpus: 0, resources: { camera: 2 } },
    });
    const measured = metrics(cluster);
    const before = valueOf(await read(measured), 'troupe_object_store_objects{host="host-0"}') ?? 0;
    await Counter.with({ pool: "pool-0", cpu: 3, resources: { camera: 1 } }).create();
    using _ref = put(new Uint8Array(1_000_000));
    const families = await readUntil(measured, {
      'troupe_resource_capacity{host="host-0",resource="cpu",unit="core"}': 4,
      'troupe_resource_available{host="host-0",resource="cpu",unit="core"}': 1,
      'troupe_resource_capacity{host="host-0",resource="memory",unit="byte"}': memory,
      'troupe_resource_available{host="host-0",resource="camera",unit="custom"}': 1,
      troupe_resource_requests_waiting: 0,
      'troupe_object_store_objects{host="host-0"}': before + 1,
      troupe_hosts: 1,
    });
    expect(valueOf(families, 'troupe_object_store_memory_bytes{host="host-0"}')).toBeGreaterThanOrEqual(
      1_000_000,
    );
  });

  it("have the machines and pools of several hosts, for a driver that joined as well", async () => {
    const key = generateClusterKey();
    await using harness = await Harness.start();
    await using cluster = await startCluster({ pools: 1, listen: "tcp://127.0.0.1:*", key });
    const measured = metrics(cluster);
    const options = { args: [cluster.address!], env: { TROUPE_KEY: key } };
    const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
    const host = harness.spawn(program("host"), options);
    await host.line(/^joined/);
    const pool = cluster.pools().find((pool) => pool.host === "host-1")!.id;
    const keeper = await Keeper.with({ pool }).create();
    await keeper.keep(1_000_000);
    const there = {
      'troupe_up{host="host-1",process="host-1"}': 1,
      [`troupe_up{host="host-1",process="${pool}"}`]: 1,
      'troupe_method_calls_total{class="Keeper",method="keep"}': 1,
    };
    await readUntil(measured, { ...there, troupe_hosts: 2, troupe_hosts_joined_total: 1 });
    const driver = harness.spawn(program("joined-driver"), options);
    const [text] = await driver.line(/^".*"$/);
    expect(await driver.exited).toMatchObject({ code: 0 });
    const seen = parseExposition(JSON.parse(text) as string);
    expect(valueOf(seen, "troupe_hosts")).toBe(2);
    expect(valueOf(seen, 'troupe_up{host="host-0",process="driver-1"}')).toBeDefined();
    expect(valueOf(seen, 'troupe_method_calls_total{class="Keeper",method="keep"}')).toBe(1);
    await host.stop();
    await readUntil(measured, {
      troupe_hosts: 1,
      troupe_hosts_left_total: 1,
      'troupe_up{host="host-1",process="host-1"}': undefined,
    });
  });
});

describe("a pool that is killed", () => {
  it("leaves its counts, is counted itself, and its successor goes on from there", async () => {
    await using cluster = await startCluster({ pools: 1 });
    const measured = metrics(cluster);
    const had = valueOf(await read(measured), calls("add")) ?? 0;
    const kept = await Counter.with({ restarts: 3 }).create();
    const lost = await Counter.create();
    for (let i = 0; i < 40; i++) await kept.add(1);
    for (let i = 0; i < 10; i++) await lost.add(1);
    await readUntil(measured, { [calls("add")]: had + 50, troupe_pool_deaths_total: 0 });
    process.kill(actorOf(lost).pid!, "SIGKILL");
    const families = await readUntil(measured, {
      troupe_pool_deaths_total: 1,
      troupe_pool_recoveries_total: 1,
      [up("pool-0")]: 1,
      'troupe_actor_restarts_total{class="Counter"}': 1,
      'troupe_actor_deaths_total{class="Counter"}': 1,
      'troupe_actors{class="Counter"}': 1,
      'troupe_pools{state="up"}': 1,
    });
    expect(valueOf(families, calls("add"))).toBe(had + 50);
    await kept.add(1);
    await readUntil(measured, { [calls("add")]: had + 51 });
    // Also when nobody is left who was restarted.
    await cluster.removePool("pool-0");
    const after = await read(measured);
    expect(valueOf(after, calls("add"))).toBe(had + 51);
    expect(valueOf(after, 'troupe_actor_restarts_total{class="Counter"}')).toBe(1);
  });
});

describe("a pool that is frozen", () => {
  it("is said not to be up, keeps no scrape waiting, and takes nothing away from counts", async () => {
    await using cluster = await startCluster();
    const measured = metrics(cluster);
    const had = valueOf(await read(measured), calls("add")) ?? 0;
    const counter = await Counter.with({ pool: "pool-0" }).create();
    await (await Counter.with({ pool: "pool-1" }).create()).add(1);
    for (let i = 0; i < 20; i++) await counter.add(1);
    await readUntil(measured, { [calls("add")]: had + 21 });
    const pid = actorOf(counter).pid!;
    process.kill(pid, "SIGSTOP");
    try {
      const families = await readUntil(measured, {
        [up("pool-0")]: 0,
        [up("pool-1")]: 1,
        [up("driver-0")]: 1,
      });
      expect(valueOf(families, calls("add"))).toBe(had + 21);
      expect(valueOf(families, 'troupe_actors{class="Counter"}')).toBe(2);
      const cpu = families.get("troupe_process_cpu_seconds_total")!;
      expect([...cpu.samples.keys()].join()).not.toContain("pool-0");
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await readUntil(measured, { [up("pool-0")]: 1 });
  });
});

describe("metrics()", () => {
  it("asks the cluster once for all who ask at the same time", async () => {
    await using cluster = await startCluster({ pools: 1 });
    const measured = metrics(cluster);
    const uptimes = async () => {
      const { samples } = (await read(measured)).get("troupe_process_uptime_seconds")!;
      return [...samples.values()];
    };
    const [first, ...others] = await Promise.all([uptimes(), uptimes(), uptimes()]);
    for (const other of others) expect(other).toEqual(first);
    expect(await uptimes()).not.toEqual(first);
  });

  it("has a registry for metrics of one's own, or takes one that there is", async () => {
    await using cluster = await startCluster({ pools: 1 });
    const registry = new Registry();
    const measured = metrics(cluster, { registry });
    expect(measured.registry).toBe(registry);
    new Gauge({ name: "episode_return", help: "Of the last episode.", registers: [registry] }).set(475);
    const families = await read(measured);
    expect(valueOf(families, "episode_return")).toBe(475);
    expect(valueOf(families, "troupe_hosts")).toBe(1);
    // Two would tell the same twice.
    expect(() => metrics(cluster, { registry })).toThrow(/has a metric troupe_up already/);
    await measured.close();
    expect(await registry.metrics()).toBe((await registry.getSingleMetricAsString("episode_return")) + "\n");
    await metrics(cluster, { registry }).text();
  });

  it.each([
    [{ regsitry: 1 }, /metrics\(\): there is no option regsitry; registry may be meant/],
    [{ registry: {} }, /registry must be a Registry of prom-client, not \{\}/],
    [{ timeout: 0 }, /timeout must be a number of milliseconds above 0, and 30,000 at most, not 0/],
    [{ timeout: "5s" }, /not '5s'/],
    [{ timeout: 30_001 }, /not 30001/],
    [null, /options are an object, not null/],
  ])("refuses %j as options", async (options, message) => {
    await using cluster = await startCluster({ pools: 0 });
    const error = await failureOf((async () => metrics(cluster, options as object))());
    expect(error).toMatchObject({ code: "ERR_CONFIG", message: expect.stringMatching(message) });
  });

  it("refuses what is no cluster, and one that is closed; and ends with its cluster", async () => {
    expect(() => metrics({} as Cluster)).toThrow(/of a cluster that init\(\) gave/);
    const cluster = await startCluster({ pools: 0 });
    const measured = metrics(cluster);
    await measured.text();
    await cluster.close();
    expect(await failureOf(measured.text())).toMatchObject({ code: "ERR_CLOSED" });
    expect(await failureOf(measured.serve({ port: 0 }))).toMatchObject({ code: "ERR_CLOSED" });
    expect(() => metrics(cluster)).toThrow(/closed/);
    expect(await measured.registry.metrics()).toBe("\n");
  });
});
