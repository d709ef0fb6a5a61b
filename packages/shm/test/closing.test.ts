import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { program } from "./fixtures.js";

describe("memory that was closed", () => {
  it("stays safe to touch as long as a view exists, and is unmapped when none does", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("touch-closed.mjs"), { execArgv: ["--expose-gc"] });
    await child.line("touched all");
    await child.line("unmapped all");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it("can be closed and touched again and again in random order", async () => {
    await using harness = await Harness.start();
    await using child = harness.spawn(program("touch-at-random.mjs"), {
      execArgv: ["--expose-gc", "--max-semi-space-size=1"],
    });
    await child.line("survived");
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});
