import { noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

import { nextEvent, startCluster } from "./support/start.js";

noLeftovers();

const isolation = "thread";

/** Without the test runner's options, which a thread would not take. */
const pool = { isolation, execArgv: [] } as const;

it("pools that are threads answer, speak to each other, and end", async () => {
  await using test = await startCluster({ pools: [pool, pool] });
  expect(await test.run("pool-0")).toBe(process.pid);
  await test.run("pool-1");
  expect(await test.ask("pool-0", "ask", ["pool-1", "add", [2, 3]])).toBe(5);
  expect(test.cluster.pools()).toMatchObject([{ isolation, state: "up" }, { isolation }]);
});

it("threads and processes speak to each other", async () => {
  await using test = await startCluster({ pools: [pool, {}] });
  await test.run("pool-0");
  await test.run("pool-1");
  expect(await test.ask("pool-0", "ask", ["pool-1", "add", [2, 3]])).toBe(5);
  expect(await test.ask("pool-1", "ask", ["pool-0", "add", [3, 4]])).toBe(7);
});

it("a thread that throws dies alone, says why, and is started again", async () => {
  await using test = await startCluster({ pools: [pool, pool] });
  await test.run("pool-0");
  await test.run("pool-1");
  const died = nextEvent(test.cluster, "pool-died");
  const recovered = nextEvent(test.cluster, "pool-recovered");
  test.cluster.node.tell("pool-0", "throw", "this is why");
  const death = await died;
  expect(death).toMatchObject({ process: "pool-0", exitCode: 1, reason: "ended with code 1" });
  expect(death.stderr).toContain("Error: this is why");
  await recovered;
  expect(await test.ask("pool-0", "add", [1, 1])).toBe(2);
  expect(await test.ask("pool-1", "ask", ["pool-0", "add", [1, 1]])).toBe(2);
});

it("a thread that exits is started again", async () => {
  await using test = await startCluster({ pools: [pool] });
  await test.run("pool-0");
  const died = nextEvent(test.cluster, "pool-died");
  await expect(test.ask("pool-0", "exit", 3)).rejects.toMatchObject({ code: "ERR_ACTOR_DIED" });
  expect(await died).toMatchObject({ exitCode: 3 });
  expect(await test.run("pool-0")).toBe(process.pid);
});

it("options that a thread does not take fail who waits for it", async () => {
  await using test = await startCluster({ pools: [{ isolation, execArgv: ["--expose-gc"] }], log: false });
  await expect(test.run("pool-0")).rejects.toMatchObject({
    code: "ERR_ACTOR_START",
    message: expect.stringMatching(/--expose-gc/),
  });
});
