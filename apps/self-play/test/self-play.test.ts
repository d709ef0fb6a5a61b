import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

function run(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, { args, name: "self-play" });
}

/** Small, and ended by what was learned, however long that takes. */
const small = ["--seconds", "100000", "--batch", "128", "--capacity", "2048", "--check"];

/** Milliseconds: it is a lot of work for a machine that has other things to do. */
const patience = 180_000;

/** The process of an actor, as the program says. */
async function pidOf(play: HarnessProcess, path: string): Promise<number> {
  const [, pid] = await play.line(new RegExp(`^${path} in process (\\d+)$`), { timeout: patience });
  return Number(pid);
}

/** Numbers of the table at the end. */
function tableOf({ stdout }: HarnessProcess) {
  const numbers = (pattern: RegExp) => (pattern.exec(stdout) ?? []).slice(1).map(Number);
  return {
    steps: numbers(/^played +(\d+), \d+ steps a second$/m)[0],
    written: numbers(/^written +(\d+), \d+ rows a second: \d+\.\d\d GB\/s$/m)[0],
    sampled: numbers(/^sampled +(\d+), \d+ rows a second: \d+\.\d\d GB\/s$/m)[0],
    updates: numbers(/^learned +(\d+), \d+ updates a second$/m)[0],
    lost: numbers(/^processes +(\d+) lost, and made again$/m)[0],
    hits: numbers(/^hits +([\d.]+) % before, ([\d.]+) % after$/m),
    torn: numbers(/^torn rows +(\d+)$/m)[0],
  };
}

describe("self-play", { timeout: patience }, () => {
  it("hits more balls the more it has learned, from rows that are whole, of runners in processes of their own", async () => {
    await using harness = await Harness.start();
    const play = run(harness, "--runners", "2", "--updates", "400", ...small);
    const pids = await Promise.all(["runner-0", "runner-1", "learner-0"].map((path) => pidOf(play, path)));
    expect(new Set([...pids, play.pid]).size).toBe(4);
    expect(await play.exited).toEqual({ code: 0, signal: null });
    const { steps, written, sampled, updates, lost, hits, torn } = tableOf(play);
    expect({ updates, lost, torn }).toEqual({ updates: 400, lost: 0, torn: 0 });
    expect(sampled).toBeGreaterThanOrEqual(400 * 128);
    // Each step is one row of either side, but for the last ones, which nothing has come of yet.
    expect(written).toBeGreaterThan(steps!);
    const [before, after] = hits as [number, number];
    expect(after).toBeGreaterThan(before + 10);
  });

  it.each(["runner-0", "learner-0"])("goes on when the process of %s is killed", async (path) => {
    await using harness = await Harness.start();
    const play = run(harness, "--runners", "1", "--updates", "200", ...small);
    process.kill(await pidOf(play, path), "SIGKILL");
    await play.line(/was killed by SIGKILL; what it had is made again$/, { timeout: patience });
    expect(await play.exited).toEqual({ code: 0, signal: null });
    expect(tableOf(play)).toMatchObject({ updates: 200, lost: 1, torn: 0 });
    expect(play.stderr).not.toMatch(/error/i);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with all its processes by %s", async (signal) => {
    await using harness = await Harness.start();
    const play = run(harness, ...small);
    await waitUntil(() => /[1-9]\d* steps\/s/.test(play.stderr), { what: "it to play", timeout: patience });
    expect(await play.kill(signal)).toEqual({ code: 130, signal: null });
    expect(play.lines.at(-1)).toMatch(/^interrupted before the end/);
    expect(play.stderr).not.toMatch(/error|NaN/i);
  });
});

describe("the flags of self-play", () => {
  it("are told by --help", async () => {
    await using harness = await Harness.start();
    const help = run(harness, "--help");
    expect(await help.exited).toEqual({ code: 0, signal: null });
    for (const flag of ["runners", "seconds", "updates", "capacity", "batch", "seed", "check"])
      expect(help.stdout).toContain(`--${flag}`);
    expect(help.stdout).not.toMatch(/null|Infinity/);
  });

  it.each([
    [["--runners", "0"], /--runners <n>' .*whole number from 1 to 60/],
    [["--seed", "-1"], /--seed <n>' .*whole number from 0/],
    [["--capacity", "100"], /a batch of 256 rows is more than the capacity, 100/],
    // 15 TB.
    [["--capacity", "536870912"], /error: .*\/dev\/shm/],
    [["--runers", "3"], /unknown option '--runers'/],
    [["three"], /too many arguments/],
  ])("%j are refused with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const play = run(harness, ...args);
    expect((await play.exited).code).toBe(1);
    expect(play.stderr).toMatch(reason);
    expect(play.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(play.stdout).toBe("");
  });
});
