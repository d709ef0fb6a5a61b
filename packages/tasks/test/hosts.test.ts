import { generateClusterKey } from "@troupe/core";
import { type ObjectRef, objects } from "@troupe/objects";
import { describeWithTwoHosts, Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, describe, expect, it } from "vitest";

import { large, pid, total } from "./programs/tasks.mjs";
import { failureOf, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();
afterAll(() => objects.close());

const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
const key = generateClusterKey();
const length = 100_000;

const startHead = () => startSystem({ pools: 1, listen: "tcp://127.0.0.1:*", key });

/** Has a process join as a host with one pool. Gives it with its name. */
async function join(harness: Harness, { system }: TestSystem): Promise<[HarnessProcess, string]> {
  const args = [system.cluster.address!, JSON.stringify({ pools: 1 })];
  const host = harness.spawn(program("host"), { args, env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
  const [, name] = await host.line(/^joined as (.*)/);
  return [host, name!];
}

/** Waits until this process, which owns the object, knows it to be in those stores. */
function untilIn(ref: ObjectRef, ...stores: readonly string[]): Promise<unknown> {
  return waitUntil(() => String(objects.storesOf(ref)) === String(stores), {
    what: `the object to be in ${stores.join(" and ")}`,
  });
}

describe("tasks in a cluster of several hosts", () => {
  it("take arguments of any host, and leave their results where they ran", async () => {
    await using harness = await Harness.start();
    await using running = await startHead();
    const [host, name] = await join(harness, running);
    const there = { scheduling: { host: name } };
    using made = large.with(there).submit(length, 2);
    await objects.whenReady(made);
    expect(objects.storesOf(made)).toEqual([name]);
    expect(await objects.get(total.with({ scheduling: { host: "host-0" } }).submit(made))).toBe(2 * length);
    await untilIn(made, name, "driver-0");
    expect(await objects.get(total.with(there).submit(new Float64Array(length).fill(3)))).toBe(3 * length);
    await host.stop();
  });

  it("go by locality where their arguments are, copies counted in", async () => {
    await using harness = await Harness.start();
    await using running = await startHead();
    const [host, name] = await join(harness, running);
    const here = large.with({ scheduling: { host: "host-0" } }).submit(length);
    const there = large.with({ scheduling: { host: name } }).submit(length);
    await objects.wait([here, there], { count: 2 });
    const hostOf = async (...args: ObjectRef[]) => {
      // It has no parameters, and is sent near what it is given all the same.
      const runner = await objects.get(pid.with({ scheduling: "locality" }).submit(...(args as [])));
      return running.system.cluster.pools().find((pool) => pool.pid === runner)!.host;
    };
    expect(await hostOf(there)).toBe(name);
    expect(await hostOf(here)).toBe("host-0");
    // With a copy of the one here, this machine has both.
    await objects.get(there);
    await untilIn(there, name, "driver-0");
    expect(await hostOf(there, here)).toBe("host-0");
    await host.stop();
  });

  it("run again elsewhere for results that were lost with their host, with copies of their arguments", async () => {
    await using harness = await Harness.start();
    await using running = await startHead();
    const [host, name] = await join(harness, running);
    const made = large.with({ scheduling: { host: name } }).submit(length, 2);
    const lost = large.with({ scheduling: { host: name } }).submit(length, 2);
    await objects.wait([made, lost], { count: 2 });
    const near = large.with({ scheduling: "locality", retries: 1 });
    const again = (near.submit as (...args: unknown[]) => typeof made)(length, 2, made);
    await objects.whenReady(again);
    expect(objects.storesOf(again)).toEqual([name]);
    expect((await objects.get(made))[5]).toBe(2);
    await untilIn(made, name, "driver-0");
    await host.kill();
    await untilIn(made, "driver-0");
    expect(await objects.get(again)).toHaveLength(length);
    expect(objects.storesOf(again)).toEqual(["driver-0"]);
    expect(await failureOf(objects.get(lost))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });
});

describeWithTwoHosts("tasks on two machines", ({ a, b }) => {
  it("take arguments of each other's memory, each copied once", async () => {
    await using harness = await Harness.start();
    const address = `tcp://${a.address}:7760`;
    const spawn = (name: string, { under }: typeof a, args: readonly string[]) => {
      const env = {
        TROUPE_KEY: key,
        TROUPE_LOG: "silent",
        TROUPE_RUNTIME_DIR: `${harness.directory}/${name}`,
      };
      return harness.spawn(program(name), { args, under, env });
    };
    const head = spawn("head", a, [address]);
    await head.line("listening");
    const host = spawn("host", b, [address, JSON.stringify({ pools: 1 })]);
    await head.line("sums 10000000,10000000,3000000,3000000");
    await head.line("stores host-1,driver-0 driver-0,host-1");
    expect(await head.exited).toMatchObject({ code: 0 });
    expect(await host.exited).toMatchObject({ code: 0 });
  });
});
