import { existsSync, readdirSync } from "node:fs";

import { isProcessAlive } from "@troupe/core";
import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("programs/driver.mjs", import.meta.url);

async function pidsOf(driver: HarnessProcess): Promise<number[]> {
  const [, pids] = await driver.line(/^pids (.*)/);
  return pids!.split(" ").map(Number);
}

/** Before or after the pids. */
async function untilSaid(driver: HarnessProcess, line: string): Promise<void> {
  await waitUntil(() => driver.lines.includes(line), { what: `the line ${line}` });
}

async function untilNothingIsLeft(harness: Harness, pids: readonly number[]): Promise<void> {
  await waitUntil(() => !pids.some((pid) => isProcessAlive({ pid, startTime: 0 })), {
    what: "the pools to end",
  });
  await waitUntil(() => left(harness, pids).length === 0, { what: "sockets and segments to go" });
}

/** What the runtime directory holds, and shared memory of these processes. */
function left(harness: Harness, pids: readonly number[]): string[] {
  const segments = existsSync("/dev/shm") ? readdirSync("/dev/shm") : [];
  return [
    ...readdirSync(harness.runtimeDirectory),
    ...segments.filter((name) => pids.some((pid) => name.startsWith("troupe.") && name.includes(`.${pid}.`))),
  ];
}

describe("when the driver dies by kill -9", () => {
  it("its pools end and nothing is left", async () => {
    await using harness = await Harness.start();
    const driver = harness.spawn(program, { args: ["wait"] });
    const pids = await pidsOf(driver);
    await driver.kill();
    await untilNothingIsLeft(harness, [...pids, driver.pid]);
  });

  it("pools that cannot notice it, stopped or stuck in a loop, end as well", async () => {
    await using harness = await Harness.start();
    const driver = harness.spawn(program, { args: ["stuck"] });
    const pids = await pidsOf(driver);
    process.kill(pids[0]!, "SIGSTOP");
    await untilSaid(driver, `(pool-1 pid=${pids[1]}) stuck`);
    await driver.kill();
    await untilNothingIsLeft(harness, [...pids, driver.pid]);
  });

  it("pools that are threads end with it, and nothing is left", async () => {
    await using harness = await Harness.start();
    const driver = harness.spawn(program, { args: ["wait", "thread"] });
    expect(await pidsOf(driver)).toEqual([driver.pid, driver.pid]);
    await driver.kill();
  });
});

it("a driver that closes leaves nothing, and says nothing after its pools", async () => {
  await using harness = await Harness.start();
  const driver = harness.spawn(program, { args: ["close"] });
  const pids = await pidsOf(driver);
  expect(await driver.exited).toEqual({ code: 0, signal: null });
  expect(driver.lines.at(-1)).toBe("closed");
  expect(driver.lines.slice(1, -1).sort()).toEqual(
    pids.map((pid, pool) => `(pool-${pool} pid=${pid}) stopping`).sort(),
  );
  expect(left(harness, [...pids, driver.pid])).toEqual([]);
});

it("a driver that just exits takes its pools along, and what it left is removed", async () => {
  await using harness = await Harness.start();
  const driver = harness.spawn(program, { args: ["exit"] });
  const pids = await pidsOf(driver);
  await driver.exited;
  await untilNothingIsLeft(harness, [...pids, driver.pid]);
});

it("a driver that just exits lets pools that are threads leave in time", async () => {
  await using harness = await Harness.start();
  const driver = harness.spawn(program, { args: ["exit", "thread"] });
  await pidsOf(driver);
  expect(await driver.exited).toEqual({ code: 0, signal: null });
});

it("what pools write goes to the driver's own output unless it is told otherwise", async () => {
  await using harness = await Harness.start();
  await using driver = harness.spawn(program, { args: ["write"] });
  const [pid] = await pidsOf(driver);
  await untilSaid(driver, `(counter-0 pid=${pid}) hello`);
});
