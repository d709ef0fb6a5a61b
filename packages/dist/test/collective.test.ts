import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it("actors are members of a group: they sum up in place, exchange, and end in order", async () => {
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("programs/collective.mjs", import.meta.url));
  expect([await running.exited, running.stderr, running.lines]).toEqual([
    { code: 0, signal: null },
    "",
    [
      "6,6 6,6 6,6 6,6",
      "10,10 10,10 10,10 10,10",
      "14,14 14,14 14,14 14,14",
      "3 30,0,10,20",
      "0 30,0,10,20",
      "1 30,0,10,20",
      "2 30,0,10,20",
      "ERR_NAME_TAKEN",
      "ERR_CONFIG",
      "over",
    ],
  ]);
});
