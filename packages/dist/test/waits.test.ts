import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("what actors wait for in vain, rows and members of a group, ends with the call and with the cluster", async () => {
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("programs/waits.mjs", import.meta.url));
  expect([await running.exited, running.stderr, running.lines]).toEqual([
    { code: 0, signal: null },
    "",
    ["ERR_CANCELLED hello", "ERR_CANCELLED,ERR_CANCELLED,ERR_CANCELLED"],
  ]);
});
