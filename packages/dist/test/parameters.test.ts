import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("a parameter server is used by actors that got it in a message, and ends with the program", async () => {
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("programs/parameters.mjs", import.meta.url));
  expect([await running.exited, running.stderr, running.lines]).toEqual([
    { code: 0, signal: null },
    "",
    ["4 8"],
  ]);
});
