import { Harness, type HarnessProcess } from "@troupe/testkit";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const program = new URL("programs/default-cluster.mjs", import.meta.url);

const ok = { code: 0, signal: null };

/** Without init() there are as many pools as cores, of which the first is started. */
function start(harness: Harness, what: string, under: readonly string[] = []): HarnessProcess {
  return harness.spawn(program, { args: [what], name: what, under });
}

describe("a program that makes an actor without init()", () => {
  it("ends by itself when it has nothing more to do, and not before", async () => {
    await using harness = await Harness.start();
    const expected = {
      call: ["later", "made 1", "over 2"],
      stream: ["made 1", "over 2", "tick 0", "tick 1"],
      watch: ["made 1", "stopped"],
      timers: ["made 1", "over 2", "timers"],
      work: ["made 1", "over 2"],
      glance: ["made 1", "over 2", "undefined"],
    };
    const running = Object.keys(expected).map((what) => start(harness, what));
    for (const one of running) expect([one.name, await one.exited, one.stderr]).toEqual([one.name, ok, ""]);
    // What is under way at once may be over in any order.
    const said = running.map(({ name, lines }) => [name, [...lines].sort()]);
    expect(Object.fromEntries(said)).toEqual(expected);
  });

  it("that reads its standard input ends when that does", async () => {
    await using harness = await Harness.start();
    const twoLines = '{ read -r one; echo "$one"; read -r two; echo "$two"; } | "$@"';
    const running = start(harness, "stdin", ["/bin/sh", "-c", twoLines, "sh"]);
    await running.line("made 1");
    await running.send("one");
    await running.line("one 2");
    await running.send("two");
    await running.line("over 4");
    expect(await running.exited).toEqual(ok);
  });

  it("ends whatever its output goes to: a file, nothing, a terminal", async () => {
    await using harness = await Harness.start();
    const out = join(harness.directory, "out.txt");
    const toFile = start(harness, "function", ["/bin/sh", "-c", `"$@" > ${out} 2>&1`, "sh"]);
    const toNothing = start(harness, "function", ["/bin/sh", "-c", '"$@" > /dev/null 2>&1', "sh"]);
    // Opened by the program that has none, this one becomes its terminal.
    const toTerminal = start(harness, "glance", ["/bin/sh", "-c", 'script -qec "$*" /dev/null', "sh"]);
    for (const running of [toFile, toNothing, toTerminal]) expect(await running.exited).toEqual(ok);
    expect(await readFile(out, "utf8")).toBe("made 1\nsum 3\nover 2\n");
    expect(toTerminal.stdout).toContain("boolean");
  });

  it.each(["SIGINT", "SIGKILL"] as const)("leaves nothing when %s ends it", async (signal) => {
    await using harness = await Harness.start();
    const running = start(harness, "call");
    await running.line("made 1");
    expect(await running.kill(signal)).toEqual({ code: null, signal });
  });
});
