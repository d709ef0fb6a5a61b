import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { beforeAll, describe, expect, it } from "vitest";

import { Harness } from "../src/index.js";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const files = fileURLToPath(new URL("programs/leaky", import.meta.url));

describe("a run of tests that fail or leave things behind", () => {
  let output: string;
  let code: number | null;

  beforeAll(async () => {
    await using harness = await Harness.start();
    await using run = harness.spawn(vitest, {
      args: ["run", "--root", files],
      cwd: files,
      env: { NO_COLOR: "1" },
    });
    ({ code } = await run.exited);
    output = run.stdout + run.stderr;
  });

  it("fails", () => {
    expect(code).toBe(1);
    expect(output).toMatch(/Test Files +3 failed \| 1 passed/);
  });

  it("names the entry, the child and the socket of a file with noLeftovers()", () => {
    expect(output).toContain("The tests of this file left behind:");
    expect(output).toContain("- an entry of the runtime directory: forgotten");
    expect(output).toMatch(/- a running child process: cat \(pid \d+\)/);
    expect(output).toContain("- 1 open TCP sockets");
  });

  it("says which seed replays the chaos of a test that failed, and of no other", () => {
    expect(output).toContain("TROUPE_CHAOS_SEED=99 replays");
    expect(output).not.toContain("TROUPE_CHAOS_SEED=100");
  });

  it("shows a test's own reason beside what its disposed harness found", () => {
    expect(output).toContain("the test's own reason");
    expect(output).toMatch(/a process that the test did not end: talker\.mjs \(pid \d+, running\)/);
  });
});
