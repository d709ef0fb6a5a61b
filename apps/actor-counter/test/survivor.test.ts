import { fileURLToPath } from "node:url";

import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("the README's account survives the death of its process, and counts each deposit once", async () => {
  await using harness = await Harness.start();
  const survivor = harness.spawn(new URL("../src/survivor.ts", import.meta.url), {
    execArgv: ["--import", "tsx"],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  });
  expect(await survivor.exited).toEqual({ code: 0, signal: null });
  expect(survivor.lines).toEqual(["pool-0 was killed by SIGKILL", "110"]);
});
