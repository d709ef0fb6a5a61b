import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("a replay buffer is written by actors that got it in a message, and is served as an actor itself", async () => {
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("programs/replay.mjs", import.meta.url));
  expect([await running.exited, running.stderr, running.lines]).toEqual([
    { code: 0, signal: null },
    "",
    ["300 100,100,100", "false", "20 16 true", "20 16", "ERR_SCHEMA", "320 64", "over"],
  ]);
});
