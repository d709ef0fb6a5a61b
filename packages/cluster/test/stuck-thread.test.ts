import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("a thread that is stuck does not keep the cluster from closing, and ends with the process", async () => {
  await using harness = await Harness.start();
  const driver = harness.spawn(new URL("programs/driver.mjs", import.meta.url), {
    args: ["stuck", "thread"],
  });
  await driver.line("stuck");
  await driver.send("close");
  await driver.line(/^closed/);
  expect(await driver.exited).toMatchObject({ code: null });
});
