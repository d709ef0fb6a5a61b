import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);
const flags = ["--actors", "--versions", "--episode-time", "--seed", "--group", "--registry", "--no-kill"];

describe("the flags of mock-rl", () => {
  it("are told by --help", async () => {
    await using harness = await Harness.start();
    const help = harness.spawn(program, { args: ["--help"] });
    expect(await help.exited).toEqual({ code: 0, signal: null });
    for (const flag of flags) expect(help.stdout).toContain(flag);
  });

  it.each([
    [["--actors", "0"], /--actors <n>' .*whole number from 1/],
    [["--episode-time", "-1"], /--episode-time <ms>' .*whole number from 0/],
    [["--actor", "2"], /unknown option '--actor'/],
    [["--registry", "nowhere:"], /scheme is unknown/],
    [["--group", "two words"], /group: must be 1 to 128 letters/],
  ])("%j are refused with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const rl = harness.spawn(program, { args });
    expect((await rl.exited).code).toBe(1);
    expect(rl.stderr).toMatch(reason);
  });
});
