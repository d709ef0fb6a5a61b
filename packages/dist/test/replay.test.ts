import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

it.each([
  { isolation: "process", isWrittenHere: false },
  { isolation: "thread", isWrittenHere: true },
])(
  "a replay buffer is written by actors of a $isolation that got it in a message, and is served as an actor itself",
  async ({ isolation, isWrittenHere }) => {
    await using harness = await Harness.start();
    const running = harness.spawn(new URL("programs/replay.mjs", import.meta.url), { args: [isolation] });
    expect([await running.exited, running.stderr, running.lines]).toEqual([
      { code: 0, signal: null },
      "",
      ["300 100,100,100", `${isWrittenHere}`, "20 16 true", "20 16", "ERR_SCHEMA", "320 64", "over"],
    ]);
  },
);
