import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

function run(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, { args, name: "monte-carlo-pi" });
}

describe("monte-carlo-pi", () => {
  it("gives the same π over one pool and over two, near enough to the real one", async () => {
    await using harness = await Harness.start();
    const pi = run(harness, "--pools", "2", "--points", "2000000", "--tasks", "20");
    expect(await pi.exited).toEqual({ code: 0, signal: null });
    const rows = pi.lines.flatMap((line) => {
      const [, pools, value] = /^(\d+) .* (\d\.\d{6})$/.exec(line) ?? [];
      return pools && value ? [{ pools, value: Number(value) }] : [];
    });
    expect(rows.map(({ pools }) => pools)).toEqual(["1", "2"]);
    expect(rows[0]!.value).toBe(rows[1]!.value);
    // Three standard deviations: 4·√(π/4·(1−π/4)/n)·3.
    expect(Math.abs(rows[0]!.value - Math.PI)).toBeLessThan(0.0035);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends with all its processes by %s", async (signal) => {
    await using harness = await Harness.start();
    const pi = run(harness, "--points", "10000000000", "--tasks", "2000");
    await waitUntil(() => pi.stderr.includes("2000 tasks"), { what: "its progress" });
    expect(await pi.kill(signal)).toEqual({ code: 130, signal: null });
  });

  it.each([
    [["--points", "0"], /--points <n>' .*whole number from 1/],
    [["--piont", "3"], /unknown option '--piont'/],
  ])("refuses %j with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const pi = run(harness, ...args);
    expect((await pi.exited).code).toBe(1);
    expect(pi.stderr).toMatch(reason);
  });
});
