import { Harness } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

describe("the flags of hello-world", () => {
  it("are told by --help", async () => {
    await using harness = await Harness.start();
    const help = harness.spawn(program, { args: ["--help"] });
    expect(await help.exited).toEqual({ code: 0, signal: null });
    for (const flag of ["--workers", "--group", "--registry"]) expect(help.stdout).toContain(flag);
  });

  it.each([
    [["--workers", "0"], /--workers <n>' .*whole number from 1/],
    [["--workers", "many"], /--workers <n>' .*whole number from 1/],
    [["--wrokers", "3"], /unknown option '--wrokers'/],
    [["three"], /too many arguments/],
    [["-w", "1", "--registry", "nowhere:"], /scheme is unknown/],
    [["-w", "1", "--group", "two words"], /group: must be 1 to 128 letters/],
  ])("%j are refused with a line that says why", async (args, reason) => {
    await using harness = await Harness.start();
    const hello = harness.spawn(program, { args });
    expect((await hello.exited).code).toBe(1);
    expect(hello.stderr).toMatch(reason);
    expect(hello.stdout).toBe("");
  });
});
