import { rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
/** Where processes and shared memory can be listed. */
const linux = process.platform === "linux";
const settings = fileURLToPath(new URL("../../vitest", import.meta.url));

describe("a run of several projects", () => {
  it("ends well when its tests leave nothing", async () => {
    const passes = `it("passes", () => expect(process.env.TROUPE_RUNTIME_DIR).toContain("/troupe-run-"));`;
    await using harness = await Harness.start();
    await using run = await runProjects(harness, { one: passes, two: passes });
    expect(await run.exited).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/\n2 passed, 0 failed, 0 skipped\n$/);
  });

  it("fails once, and names the files, processes and shared memory that they left", async () => {
    const segment = `/dev/shm/troupe-left-by-a-test-${process.pid}`;
    onTestFinished(() => rmSync(segment, { force: true }));
    await using harness = await Harness.start();
    await using run = await runProjects(harness, {
      one: `
        import { writeFileSync } from "node:fs";
        it("leaves files", () => {
          writeFileSync(process.env.TROUPE_RUNTIME_DIR + "/forgotten", "");
          if (${linux}) writeFileSync("${segment}", "");
        });`,
      two: `
        import { spawn } from "node:child_process";
        import { writeFileSync } from "node:fs";
        it("leaves a file and an orphan", () => {
          writeFileSync(process.env.TROUPE_RUNTIME_DIR + "/overlooked", "");
          const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
          child.unref();
          console.log("the orphan is " + child.pid);
        });`,
    });
    const [, pid] = await run.line(/the orphan is (\d+)/);
    onTestFinished(() => void process.kill(Number(pid), "SIGKILL"));
    expect(await run.exited).toMatchObject({ code: 1 });
    expect(run.stdout).toMatch(/\n2 passed, 1 failed, 0 skipped\n$/);
    expect(run.stderr.match(/The run left behind:/g)).toHaveLength(1);
    expect(run.stderr).toContain("- an entry of the runtime directory: forgotten\n");
    expect(run.stderr).toContain("- an entry of the runtime directory: overlooked\n");
    if (linux) {
      expect(run.stderr).toContain(`- a running process: sleep 600 (pid ${pid})\n`);
      expect(run.stderr).toContain(`- a segment of shared memory: ${segment}\n`);
    }
  });
});

/** Vitest over projects of one test file each, set up as those of this repository are. */
async function runProjects(
  harness: Harness,
  projects: Readonly<Record<string, string>>,
): Promise<HarnessProcess> {
  const root = join(harness.directory, "workspace");
  const files = {
    "package.json": '{ "type": "module" }',
    "vitest.config.ts": `
      export default {
        test: { projects: ["*/vitest.config.ts"], globals: true, reporters: ["default", "${settings}/closing-line.ts"] },
      };`,
    ...Object.fromEntries(
      Object.entries(projects).flatMap(([name, test]) => [
        [
          `${name}/vitest.config.ts`,
          `import { suite } from "${settings}/suite.ts";
           const { test, ...rest } = suite("${name}");
           export default { ...rest, test: { ...test, globals: true } };`,
        ],
        [`${name}/test/it.test.ts`, test],
      ]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return harness.spawn(vitest, { args: ["run", "--root", root], cwd: root, env: { NO_COLOR: "1" } });
}
