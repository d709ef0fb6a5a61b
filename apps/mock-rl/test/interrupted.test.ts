import { Harness, type HarnessProcess, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

/** A run that goes on for long, in its middle: its first actor was killed and replaced. */
async function inTheMiddle(harness: Harness): Promise<HarnessProcess> {
  const args = ["--versions", "1000000", "--episode-time", "1", "--actors", "3"];
  const rl = harness.spawn(program, { args, name: "mock-rl" });
  // The bar is drawn once a second where there is no terminal.
  await waitUntil(() => /^policy [1-9]/m.test(rl.stderr), { what: "the first updates" });
  return rl;
}

describe("mock-rl in the middle of a run", () => {
  it.each(["SIGINT", "SIGTERM"] as const)("ends early by %s, and all its actors with it", async (signal) => {
    await using harness = await Harness.start();
    const rl = await inTheMiddle(harness);
    expect(await rl.kill(signal)).toEqual({ code: 130, signal: null });
    expect(rl.lines.at(-1)).toBe("interrupted before the end");
    expect(rl.stderr).not.toMatch(/error/i);
  });

  it("ends early by the SIGINT of a terminal, which goes to the actors as well", async () => {
    await using harness = await Harness.start();
    const rl = await inTheMiddle(harness);
    process.kill(-rl.pid, "SIGINT");
    expect(await rl.exited).toEqual({ code: 130, signal: null });
    expect(rl.lines.at(-1)).toBe("interrupted before the end");
    expect(rl.stderr).not.toMatch(/error/i);
  });

  it("leaves no actor behind when it is killed", async () => {
    await using harness = await Harness.start();
    const rl = await inTheMiddle(harness);
    expect(await rl.kill()).toEqual({ code: null, signal: "SIGKILL" });
  });
});
