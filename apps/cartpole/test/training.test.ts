import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);
/** Milliseconds that a line may take, also on a machine that is busy: TensorFlow is loaded before the first. */
const timeout = 90_000;
/** A policy that knows nothing takes the same action each time, and comes to less than 11. */
const goal = "100";
/** More than there is: training goes on. */
const never = "1000";

function train(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, {
    args: ["--folder", join(harness.directory, "training"), ...args],
    name: "cartpole",
  });
}

/** The mean return of a training that reached its goal, and its steps. */
async function solved(cartpole: HarnessProcess): Promise<{ mean: number; steps: number }> {
  expect(await cartpole.exited).toEqual({ code: 0, signal: null });
  expect(cartpole.stderr).toBe("");
  const number = (pattern: RegExp) => Number(pattern.exec(cartpole.stdout)?.[1]);
  return {
    mean: number(/^solved: mean return (\d+\.\d) of 100 greedy episodes/m),
    steps: number(/^after (\d+) steps of the environment/m),
  };
}

describe("cartpole", { timeout: 300_000 }, () => {
  it.each([
    ["dqn", ["--actors", "1", "--seed", "1"]],
    ["dqn", ["--actors", "3", "--seed", "2", "--prioritized", "--n-step", "2", "--no-double"]],
    ["ppo", ["--actors", "2", "--seed", "1"]],
    ["ppo", ["--actors", "3", "--seed", "2"]],
  ])("learns by %s with %j, reports, and leaves nothing", async (algorithm, flags) => {
    await using harness = await Harness.start();
    const { mean, steps } = await solved(train(harness, "--algo", algorithm, "--goal", goal, ...flags));
    expect(mean).toBeGreaterThanOrEqual(Number(goal));
    expect(steps).toBeLessThanOrEqual(algorithm === "dqn" ? 50_000 : 100_000);
    const report = await readFile(join(harness.directory, "training", "report.html"), "utf8");
    expect(report).toContain(`CartPole by ${algorithm}`);
    expect(report).toContain("<td>solved: mean return");
    expect(report).not.toMatch(/(?:src|href)\s*=|@import|url\(/);
  });

  it.each(["dqn", "ppo"])(
    "is not solved before it has learnt, whatever the goal, by %s",
    async (algorithm) => {
      await using harness = await Harness.start();
      const cartpole = train(harness, "--algo", algorithm, "--goal", "1");
      await solved(cartpole);
      expect(Number(/, by version (\d+)$/m.exec(cartpole.stdout)?.[1])).toBeGreaterThan(1);
    },
  );

  it("is not solved by a version that has learnt nothing", async () => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--goal", "1", "--steps", "1");
    expect(await cartpole.exited).toEqual({ code: 1, signal: null });
    expect(cartpole.stdout).toMatch(/^not solved: .* by version 1$/m);
  });

  it("says that it did not solve it once all steps are made, and ends with code 1", async () => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--algo", "ppo", "--steps", "1024", "--checkpoint-every", "512");
    expect(await cartpole.exited).toEqual({ code: 1, signal: null });
    expect(cartpole.stdout).toMatch(/^not solved: mean return \d+\.\d of 100 greedy episodes/m);
    const run = join(harness.directory, "training");
    expect(await readFile(join(run, "report.html"), "utf8")).toContain("<td>not solved: mean return");
    expect((await readdir(run)).filter((name) => name.startsWith("checkpoint-"))).toHaveLength(1);
  });

  it.each([
    ["runner-1", "dqn"],
    ["runner-1", "ppo"],
    ["learner-0", "dqn"],
  ])("replaces a %s that is killed in mid-training, and goes on, by %s", async (actor, algorithm) => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--algo", algorithm, "--goal", never, "--checkpoint-every", "512");
    const path = `manager-0/${algorithm}-${actor}`;
    const [, pid] = await cartpole.line(new RegExp(`^${path} is in process (\\d+)$`), { timeout });
    await cartpole.line(/^checkpoint at step /, { timeout });
    process.kill(Number(pid), "SIGKILL");
    await cartpole.line(/was killed by SIGKILL$/, { timeout });
    await cartpole.line(`${path} was lost, and made again`, { timeout });
    for (let more = 0; more < 2; more++) await cartpole.line(/^checkpoint at step /, { timeout });
    expect(await cartpole.kill("SIGINT")).toEqual({ code: 130, signal: null });
    expect(cartpole.stderr).toBe("");
  });

  it.each(["dqn", "ppo"])("goes on after kill -9 where its last checkpoint was, by %s", async (algorithm) => {
    await using harness = await Harness.start();
    const flags = ["--algo", algorithm, "--checkpoint-every", "512"];
    const first = train(harness, ...flags, "--goal", never);
    const [, steps] = await first.line(/^checkpoint at step (\d+)$/, { timeout });
    expect(await first.kill()).toEqual({ code: null, signal: "SIGKILL" });
    const second = train(harness, ...flags, "--goal", goal, "--resume");
    const [, now] = await second.line(/\| steps (\d+) \|/, { timeout });
    expect(Number(now)).toBeGreaterThanOrEqual(Number(steps));
    expect((await solved(second)).steps).toBeGreaterThanOrEqual(Number(steps));
  });

  it("goes on with what it was begun with, and nothing else", async () => {
    await using harness = await Harness.start();
    const first = train(harness, "--algo", "ppo", "--seed", "3", "--checkpoint-every", "256");
    await first.line(/^checkpoint at step /, { timeout });
    await first.kill();
    for (const flags of [
      ["--algo", "ppo", "--seed", "4"],
      ["--algo", "dqn", "--seed", "3"],
    ]) {
      const other = train(harness, ...flags, "--resume");
      expect((await other.exited).code).toBe(1);
      expect(other.stderr).toMatch(/^error: --resume: the checkpoint in \S+ is of --algo ppo --seed 3\n$/);
    }
  });
});

describe("cartpole in mid-training", { timeout: 300_000 }, () => {
  it.each([
    ["SIGINT", "dqn"],
    ["SIGTERM", "ppo"],
  ] as const)("ends early by %s, and all its processes with it (%s)", async (signal, algorithm) => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--algo", algorithm, "--goal", never, "--checkpoint-every", "512");
    await cartpole.line(/^checkpoint at step /, { timeout });
    expect(await cartpole.kill(signal)).toEqual({ code: 130, signal: null });
    expect(cartpole.lines.at(-1)).toMatch(
      /^interrupted at step [1-9]\d*; the same with --resume goes on from the last checkpoint$/,
    );
    expect(cartpole.stderr).toBe("");
  });

  it("says that there is no checkpoint yet when it is ended before the first", async () => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--goal", never, "--checkpoint-every", "1000000");
    await cartpole.line(/\| steps [1-9]\d* \|/, { timeout });
    expect(await cartpole.kill("SIGINT")).toEqual({ code: 130, signal: null });
    expect(cartpole.lines.at(-1)).toMatch(
      /^interrupted at step [1-9]\d*; there is no checkpoint yet to go on from$/,
    );
  });

  it("ends early by the SIGINT of a terminal, which goes to all its processes", async () => {
    await using harness = await Harness.start();
    const cartpole = train(harness, "--goal", never, "--checkpoint-every", "512");
    await cartpole.line(/^checkpoint at step /, { timeout });
    process.kill(-cartpole.pid, "SIGINT");
    expect(await cartpole.exited).toEqual({ code: 130, signal: null });
    expect(cartpole.stderr).toBe("");
  });
});
