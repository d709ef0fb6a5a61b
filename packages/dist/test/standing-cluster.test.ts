import { generateClusterKey } from "@troupe/core";
import { Harness, type HarnessProcess, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { init } from "../src/index.js";

noLeftovers();

const program = (name: string) => new URL(`programs/${name}.mjs`, import.meta.url);
const key = generateClusterKey();
const env = { TROUPE_KEY: key, TROUPE_LOG: "silent" };

async function startHead(harness: Harness): Promise<[HarnessProcess, string]> {
  const head = harness.spawn(program("standing-head"), { env });
  const [, address] = await head.line(/^at (.*)/);
  return [head, address!];
}

function runGuest(harness: Harness, address: string, what: string): HarnessProcess {
  return harness.spawn(program("guest"), { args: [what], env: { ...env, TROUPE_ADDRESS: address } });
}

describe("a program that joins a standing cluster", () => {
  it("has actors, tasks and objects there as in a cluster of its own, on all hosts", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const host = harness.spawn(program("standing-host"), { env: { ...env, TROUPE_ADDRESS: address } });
    await host.line(/^joined/);
    for (let run = 0; run < 2; run++) {
      const guest = runGuest(harness, address, "all");
      expect([await guest.exited, guest.stderr]).toEqual([{ code: 0, signal: null }, ""]);
      expect(guest.lines).toEqual([
        "hosts host-0 host-1",
        "sum 50000",
        "at host-0 100000 200000",
        "at host-1 100000 200000",
        "map 150",
        `count 2 counter-${run}`,
        "methods true",
      ]);
    }
    await host.stop();
    await head.stop();
  });

  it("has there what it has put before", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const guest = runGuest(harness, address, "early");
    expect([await guest.exited, guest.stderr]).toEqual([{ code: 0, signal: null }, ""]);
    expect(guest.lines).toEqual(["here 5 7 0.5 0.5", "there [ 50000, 200000 ]", "lent [ 5, 5, 7, 7 ]"]);
    await head.stop();
    expect(head.lines.at(-1)).toBe("own true");
  });

  it("ends by itself when it has nothing more to do", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const guest = harness.spawn(program("tasks-alone"), {
      args: ["awaited"],
      env: { ...env, TROUPE_ADDRESS: address },
    });
    expect([await guest.exited, guest.stderr]).toEqual([{ code: 0, signal: null }, ""]);
    expect(guest.lines).toEqual(["3", "paused"]);
    await head.stop();
  });

  it("takes what belongs to it along when it is killed, and nothing else", async () => {
    await using harness = await Harness.start();
    const [head, address] = await startHead(harness);
    const guest = runGuest(harness, address, "killed");
    await guest.line("ready");
    await using cluster = await init({ address, key, log: false });
    const paths = async () =>
      (await cluster.actors()).map(({ path }) => path).filter((path) => path !== "storage-0");
    expect(await paths()).toEqual(["counter-0", "counter-1"]);
    await guest.kill();
    await waitUntil(async () => (await paths()).join() === "counter-1", { what: "its actor to go" });
    expect(await cluster.find("stays")).toBeDefined();
    const next = runGuest(harness, address, "all");
    await next.line("map 150");
    await next.exited;
    await cluster.close();
    await head.stop();
  });
});

describe("init() with an address", () => {
  it("takes no options that are for whoever starts a cluster", async () => {
    const address = "tcp://127.0.0.1:1";
    await expect(init({ address, key, pools: 2 })).rejects.toMatchObject({
      code: "ERR_CONFIG",
      details: { option: "pools" },
    });
    await expect(init({ address, key })).rejects.toMatchObject({ code: "ERR_PEERS_MISSING" });
  });
});
