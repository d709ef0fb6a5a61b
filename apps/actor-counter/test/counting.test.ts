import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

function run(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, { args, name: "actor-counter" });
}

/** Where the counters said that they live: path → pid. */
function places(process: HarnessProcess): Map<string, string> {
  const found = process.lines.flatMap((line) => {
    const [, path, pid] = /^(counter-\d+) in process (\d+)$/.exec(line) ?? [];
    return path && pid ? [[path, pid] as const] : [];
  });
  return new Map(found);
}

describe("actor-counter", () => {
  it("counts over two pools, loses one, and ends with code 0", async () => {
    await using harness = await Harness.start();
    const counter = run(harness, "--adds", "2000");
    expect(await counter.exited).toEqual({ code: 0, signal: null });
    const where = places(counter);
    expect([...where.keys()]).toEqual(["counter-0", "counter-1", "counter-2", "counter-3"]);
    expect(new Set(where.values()).size).toBe(2);
    const said = counter.stdout;
    expect(said).toContain("counted          2000, 2000, 2000, 2000\n");
    expect(said).toContain("a stream         2001, 2002, 2003, 2004, 2005\n");
    expect(said).toContain("a batch          2006, 2008, 2011\n");
    expect(said).toMatch(/counter-0 lost .*ERR_ACTOR_DIED: .*SIGKILL/);
    expect(said).toMatch(/made again {7}counter-4 in process \d+, counting from 0\n/);
  });

  it("does with one counter in one pool, and without a kill", async () => {
    await using harness = await Harness.start();
    const counter = run(harness, "-p", "1", "-c", "1", "-a", "10", "--no-kill");
    expect(await counter.exited).toEqual({ code: 0, signal: null });
    expect(counter.stdout).toContain("counted          10\n");
    expect(counter.stdout).not.toContain("lost");
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with all its processes by %s", async (signal) => {
    await using harness = await Harness.start();
    const counter = run(harness, "--adds", "100000000");
    await counter.line(/^counter-3 in process/);
    expect(await counter.kill(signal)).toEqual({ code: 130, signal: null });
  });
});

describe("the flags of actor-counter", () => {
  it("are told by --help", async () => {
    await using harness = await Harness.start();
    const help = run(harness, "--help");
    expect(await help.exited).toEqual({ code: 0, signal: null });
    for (const flag of ["--pools", "--counters", "--adds", "--no-kill"]) expect(help.stdout).toContain(flag);
  });

  it.each([
    [["--pools", "0"], /--pools <n>' .*whole number from 1/],
    [["--cuonters", "3"], /unknown option '--cuonters'/],
    [["three"], /too many arguments/],
  ])("%j are refused with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const counter = run(harness, ...args);
    expect((await counter.exited).code).toBe(1);
    expect(counter.stderr).toMatch(reason);
    expect(counter.stdout).toBe("");
  });
});
