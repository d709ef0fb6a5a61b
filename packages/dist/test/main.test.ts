import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("programs/main.mjs", import.meta.url);

function start(harness: Harness, what: string): HarnessProcess {
  return harness.spawn(program, { args: [what], name: what });
}

/** What the program itself has said, apart from its pools. */
function said({ lines }: HarnessProcess): string[] {
  return lines.filter((line) => !line.startsWith("("));
}

describe("main()", () => {
  it("runs in the program and not in its pools, which import the module; and closes what was opened", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "works");
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(said(running)).toEqual(["imported", "hello"]);
    expect(running.stdout).toMatch(/\(pool-0 pid=\d+\) imported/);
    expect(running.stderr).toBe("");
  });

  it("that throws closes the clusters, says why on standard error, and ends with code 1", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "throws");
    expect(await running.exited).toEqual({ code: 1, signal: null });
    expect(running.stderr).toMatch(/^RangeError: out of range\n {4}at .*main\.mjs/);
    expect(said(running)).toEqual(["imported", "main() gave back 1"]);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends in order by %s, with code 130", async (signal) => {
    await using harness = await Harness.start();
    const running = start(harness, "waits");
    await running.line("waiting");
    expect(await running.kill(signal)).toEqual({ code: 130, signal: null });
    expect(said(running).at(-1)).toBe("told to end");
    expect(running.stderr).toBe("");
  });

  it("ends in order by a Ctrl-C at the terminal, which reaches its pools as well", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "waits");
    await running.line("waiting");
    process.kill(-running.pid, "SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    expect(running.stderr).toBe("");
  });

  it("ends at once by the second Ctrl-C, and its pools with it", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "staysOn");
    await running.line("waiting");
    process.kill(-running.pid, "SIGINT");
    await running.line("told to stop");
    process.kill(-running.pid, "SIGINT");
    expect(await running.exited).toEqual({ code: null, signal: "SIGINT" });
  });

  it("that is interrupted while its cluster starts leaves nothing", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "starts");
    expect(await running.exited).toEqual({ code: 130, signal: null });
  });

  it("leaves nothing when its process is killed", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "waits");
    await running.line("waiting");
    expect(await running.kill()).toEqual({ code: null, signal: "SIGKILL" });
  });
});
