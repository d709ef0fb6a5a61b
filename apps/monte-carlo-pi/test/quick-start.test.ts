import { fileURLToPath } from "node:url";

import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("the README's quick start of tasks is one file, run as it is, and leaves nothing", async () => {
  await using harness = await Harness.start();
  const quickStart = harness.spawn(new URL("../src/quick-start.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  });
  expect(await quickStart.exited).toEqual({ code: 0, signal: null });
  expect(quickStart.lines).toEqual(["6 2"]);
  expect(quickStart.stderr).toBe("");
});
