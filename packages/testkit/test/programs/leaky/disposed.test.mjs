import { Harness } from "@troupe/testkit";
import { it } from "vitest";

it("fails, and leaves a process", async () => {
  const harness = await Harness.start();
  try {
    await harness.spawn(new URL("../talker.mjs", import.meta.url)).line("ready");
    throw new Error("the test's own reason");
  } finally {
    // What `await using` does at the end of its block.
    await harness[Symbol.asyncDispose]();
  }
});
