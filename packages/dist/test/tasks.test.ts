import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { task } from "../src/task.js";

const ok = { code: 0, signal: null };

function start(harness: Harness, program: string, what: string): HarnessProcess {
  return harness.spawn(new URL(`programs/${program}.mjs`, import.meta.url), { args: [what], name: what });
}

describe("a program with tasks", () => {
  it("is one file, whose pools run its functions", async () => {
    await using harness = await Harness.start();
    const expected = {
      graph: ["6 1 0 false", "over"],
      nested: ["21 42", "over"],
      late: ["paused", "over"],
      forgotten: ["over"],
    };
    for (const [what, lines] of Object.entries(expected)) {
      const running = start(harness, "tasks", what);
      expect([what, await running.exited, running.stderr, running.lines]).toEqual([what, ok, "", lines]);
    }
  });

  it("ends by itself when nobody waits for any, and not before", async () => {
    await using harness = await Harness.start();
    const expected = { awaited: ["3", "paused"], map: ["3", "12"], forgotten: ["3"] };
    for (const [what, lines] of Object.entries(expected)) {
      const running = start(harness, "tasks-alone", what);
      expect([what, await running.exited, running.stderr, running.lines]).toEqual([what, ok, "", lines]);
    }
  });

  it("ends in order by Ctrl-C, though a task runs", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "tasks", "interrupted");
    await running.line(/waiting/);
    process.kill(-running.pid, "SIGINT");
    expect(await running.exited).toEqual({ code: 130, signal: null });
    expect(running.stdout).toMatch(/\(task untilAborted pid=\d+\) waiting/);
  });

  it("hears at once that pools would run all of it, where it has no main()", async () => {
    await using harness = await Harness.start();
    const running = start(harness, "tasks-entry", "");
    expect(await running.exited).toEqual(ok);
    expect(running.lines).toEqual(["ERR_ENTRY_MODULE true"]);
  });
});

it("A task of a function without a name, or of none, is refused when it is made", () => {
  const wrong = expect.objectContaining({ code: "ERR_CONFIG" });
  expect(() => task(() => 1)).toThrow(wrong);
  expect(() => task(class {} as never, { color: "red" } as never)).toThrow(wrong);
  expect(() => task("add" as never)).toThrow(wrong);
});
