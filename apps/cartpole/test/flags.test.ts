import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);
const flags = ["--algo", "--seed", "--actors", "--steps", "--goal", "--folder", "--resume"];

describe("the flags of cartpole", () => {
  it("are told by --help", async () => {
    await using harness = await Harness.start();
    const help = harness.spawn(program, { args: ["--help"] });
    expect(await help.exited).toEqual({ code: 0, signal: null });
    for (const flag of flags) expect(help.stdout).toContain(flag);
  });

  it.each([
    [["--algo", "sarsa"], /--algo <name>' .*Allowed choices are dqn, ppo/],
    [["--seed", "one"], /--seed <n>' .*whole number from 0/],
    [["--actors", "0"], /--actors <n>' .*whole number from 1 to 64/],
    [["--actors", "65"], /--actors <n>' .*whole number from 1 to 64/],
    [["--goal", "0"], /--goal <return>' .*whole number from 1/],
    [["--steps", ""], /--steps <n>' .*whole number from 1/],
    [["--n-step", "0"], /--n-step <n>' .*whole number from 1 to 100/],
    [["--algo", "ppo", "--n-step", "7"], /--n-step is of --algo dqn, and this is ppo/],
    [["--algo", "ppo", "--prioritized"], /--prioritized is of --algo dqn/],
    [["--algo", "ppo", "--no-double"], /--no-double is of --algo dqn/],
    [["--quickly"], /unknown option .--quickly./],
    [["more"], /too many arguments/],
    [["--resume"], /--resume: there is no checkpoint in runs\/dqn-1/],
    [["--folder", "/dev/null/x"], /cannot write to \/dev\/null\/x: ENOTDIR/],
  ])("%j are refused with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const cartpole = harness.spawn(program, { args, cwd: harness.directory });
    expect((await cartpole.exited).code).toBe(1);
    expect(cartpole.stderr).toMatch(reason);
    expect(cartpole.stderr.trim().split("\n")).toHaveLength(1);
    expect(cartpole.stdout).toBe("");
  });

  it("--resume makes no folder where there is nothing to go on from", async () => {
    await using harness = await Harness.start();
    const before = await readdir(harness.directory);
    const cartpole = harness.spawn(program, { args: ["--resume"], cwd: harness.directory });
    expect((await cartpole.exited).code).toBe(1);
    expect(before).not.toContain("runs");
    expect(await readdir(harness.directory)).not.toContain("runs");
  });

  it("--resume says in a line that a checkpoint is damaged", async () => {
    await using harness = await Harness.start();
    const folder = join(harness.directory, "training");
    await mkdir(join(folder, "checkpoint-000001"), { recursive: true });
    await writeFile(join(folder, "checkpoint-000001", "state"), "none");
    const cartpole = harness.spawn(program, { args: ["--folder", folder, "--resume"] });
    expect((await cartpole.exited).code).toBe(1);
    expect(cartpole.stderr).toMatch(/^error: --resume: [^\n]*state[^\n]*\n$/);
  });
});
