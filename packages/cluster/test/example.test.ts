import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("the README's example does what it says, and leaves nothing", async () => {
  await using harness = await Harness.start();
  const main = harness.spawn(new URL("programs/example-main.mjs", import.meta.url));
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(main.lines).toEqual(["adder-0 in pool-0", "3"]);
});

it("a program that no cluster started cannot serve a pool, and says so", async () => {
  await using harness = await Harness.start();
  const pool = harness.spawn(new URL("programs/example-pool.mjs", import.meta.url));
  expect(await pool.exited).toEqual({ code: 1, signal: null });
  expect(pool.stderr).toMatch("This program serves a pool, and is started by a cluster");
});
