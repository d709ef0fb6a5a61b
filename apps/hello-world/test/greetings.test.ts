import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

function run(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, { args, name: "hello-world" });
}

/** Every worker has answered, each from a process of its own, and then the runner said so. */
function expectGreetings(process: HarnessProcess, workers: number): void {
  const greetings = process.lines.slice(0, workers).map((line) => {
    const [, name, pid] = /^(\S+): hello runner-0, greeting 1 of process (\d+)$/.exec(line) ?? [];
    return { name, pid };
  });
  const names = Array.from({ length: workers }, (_, i) => `worker-${i}`);
  expect(greetings.map(({ name }) => name).sort()).toEqual(names);
  expect(new Set(greetings.map(({ pid }) => pid)).size).toBe(workers);
  expect(process.lines.slice(workers)).toEqual([
    expect.stringMatching(
      new RegExp(`^${workers} workers joined and answered, \\d+ ms after their processes were started$`),
    ),
  ]);
}

describe("hello-world", () => {
  it("greets five workers when it is told nothing, ends with code 0 and leaves nothing", async () => {
    await using harness = await Harness.start();
    const hello = run(harness);
    expect(await hello.exited).toEqual({ code: 0, signal: null });
    expectGreetings(hello, 5);
    expect(hello.stderr).toBe("");
  });

  it.each([
    ["--workers", "3"],
    ["-w", "1"],
  ])("greets as many as %s %s says", async (flag, count) => {
    await using harness = await Harness.start();
    const hello = run(harness, flag, count);
    expect(await hello.exited).toEqual({ code: 0, signal: null });
    expectGreetings(hello, Number(count));
  });

  it("runs twice at the same time, each in a group of its own", async () => {
    await using harness = await Harness.start();
    const both = [run(harness, "-w", "2"), run(harness, "-w", "2")];
    for (const hello of both) {
      expect(await hello.exited).toEqual({ code: 0, signal: null });
      expectGreetings(hello, 2);
    }
  });
});
