import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("pools that are threads may crash one after the other while they answer, and the process lives on", async () => {
  await using harness = await Harness.start();
  const program = new URL("programs/crashing-threads.mjs", import.meta.url);
  const driver = harness.spawn(program, { args: ["8"], env: { TROUPE_LOG: "silent" } });
  await driver.line("closed");
  expect(await driver.exited).toEqual({ code: 0, signal: null });
});
