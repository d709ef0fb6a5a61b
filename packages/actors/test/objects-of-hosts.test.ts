import { generateClusterKey } from "@troupe/core";
import { type ObjectRef, objects } from "@troupe/objects";
import { Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, describe, expect, it } from "vitest";

import type { Remote } from "../src/index.js";
import { Keeper } from "./programs/objects.mjs";
import { failureOf, startSystem, type TestSystem } from "./support/start.js";

noLeftovers();
afterAll(() => objects.close());

const program = new URL("programs/host.mjs", import.meta.url);
const key = generateClusterKey();
const length = 100_000;
const sum = (length * (length - 1)) / 2;
const range = () => Float64Array.from({ length }, (_, i) => i);

/** A cluster with this process at its head, and a host more. */
class Cluster implements AsyncDisposable {
  private constructor(
    readonly harness: Harness,
    readonly test: TestSystem,
    readonly host: HarnessProcess,
    /** The host's name, and of the process that has its store. */
    readonly name: string,
  ) {}

  static async start(): Promise<Cluster> {
    const harness = await Harness.start();
    const test = await startSystem({ pools: 1, listen: "tcp://127.0.0.1:*", key });
    const args = [test.system.cluster.address!, JSON.stringify({ pools: 2 })];
    const host = harness.spawn(program, { args, env: { TROUPE_KEY: key, TROUPE_LOG: "silent" } });
    const [, name] = await host.line(/^joined as (.*)/);
    return new Cluster(harness, test, host, name!);
  }

  /** One in each pool of the other host. */
  async keepers(): Promise<Remote<Keeper>[]> {
    const { system } = this.test;
    const pools = system.cluster.pools().filter(({ host }) => host === this.name);
    return Promise.all(pools.map(({ id }) => system.create(Keeper, [], { pool: id })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
    await this.harness[Symbol.asyncDispose]();
  }
}

/** Waits until this process, which owns the object, knows it to be in those stores. */
function untilIn(ref: ObjectRef, ...stores: readonly string[]): Promise<unknown> {
  return waitUntil(() => String(objects.storesOf(ref)) === String(stores), {
    what: `the object to be in ${stores.join(" and ")}`,
  });
}

describe("objects and actors of several hosts", () => {
  it("are arguments and results from host to host, copied once for all of a host's pools", async () => {
    await using cluster = await Cluster.start();
    const keepers = await cluster.keepers();
    using ref = objects.put(range());
    expect(await Promise.all(keepers.map((keeper) => keeper.sum.send(ref)))).toEqual([sum, sum]);
    await untilIn(ref, "driver-0", cluster.name);
    const [one, other] = keepers;
    using made = one!.range.remote(length);
    expect(await other!.sum.send(made)).toBe(sum);
    expect(objects.storesOf(made)).toEqual([cluster.name]);
    expect((await objects.get(made))[99_999]).toBe(99_999);
    await untilIn(made, cluster.name, "driver-0");
    // What an actor there owns is got by those here, and by its neighbours.
    using put = await one!.put(length);
    expect((await objects.get(put))[77]).toBe(77);
    await other!.keep({ ref: put });
    expect(await other!.read(5, { spoil: true })).toBe(-1);
    expect((await objects.get(put))[5]).toBe(5);
    await cluster.host.stop();
  });

  it("are lost with their host, but for those of which there is a copy elsewhere", async () => {
    await using cluster = await Cluster.start();
    const [keeper] = await cluster.keepers();
    using copied = keeper!.range.remote(length);
    using alone = keeper!.range.remote(length);
    expect((await objects.get(copied))[99_999]).toBe(99_999);
    await objects.whenReady(alone);
    await untilIn(copied, cluster.name, "driver-0");
    await cluster.host.kill();
    await untilIn(copied, "driver-0");
    const local = await cluster.test.system.create(Keeper, [], { pool: "pool-0" });
    expect(await local.sum.send(copied)).toBe(sum);
    expect(await failureOf(objects.get(alone))).toMatchObject({ code: "ERR_OBJECT_LOST" });
  });
});
