import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { Harness } from "../src/index.js";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const files = fileURLToPath(new URL("programs/leaky", import.meta.url));

it("fails a test file that leaves an entry, a child or a socket, and names each; a clean one passes", async () => {
  await using harness = await Harness.start();
  await using run = harness.spawn(vitest, {
    args: ["run", "--root", files, "--reporter", "verbose"],
    cwd: files,
    env: { NO_COLOR: "1" },
  });
  const exit = await run.exited;
  const output = run.stdout + run.stderr;
  expect(output).toContain("The tests of this file left behind:");
  expect(output).toContain("- an entry of the runtime directory: forgotten");
  expect(output).toMatch(/- a running child process: sleep 60 \(pid \d+\)/);
  expect(output).toContain("- 1 open TCP sockets");
  expect(output).toMatch(/✓ clean\.test\.mjs/);
  expect(output).toMatch(/1 failed \| 1 passed/);
  expect(exit.code).toBe(1);
});
