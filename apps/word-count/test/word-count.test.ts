import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Harness, type HarnessProcess } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

const program = new URL("../dist/main.js", import.meta.url);

function run(harness: Harness, ...args: string[]): HarnessProcess {
  return harness.spawn(program, { args, name: "word-count" });
}

describe("word-count", () => {
  it("counts files and folders, in whatever portions, as one process does", async () => {
    await using harness = await Harness.start();
    const folder = join(harness.directory, "texts");
    await mkdir(join(folder, "deeper"), { recursive: true });
    await writeFile(join(folder, "a.txt"), "The cat and the dog. ".repeat(1000));
    await writeFile(join(folder, "deeper", "b.txt"), "l’été, l'été: naïve CAT\n".repeat(500));
    await writeFile(join(folder, "binary"), Buffer.from([0, 1, 2, 99, 97, 116]));
    for (const portion of ["97", "1000000"]) {
      const count = run(harness, "--pools", "2", "--portion", portion, "--top", "3", folder);
      expect(await count.exited).toEqual({ code: 0, signal: null });
      expect(count.lines).toContain("the  2000");
      expect(count.lines).toContain("cat  1500");
      expect(count.lines).toContain("and  1000");
      expect(count.lines).toContain("7000 words, 7 different ones");
      expect(count.stdout).toContain("the same as one process counts");
    }
  });

  it("says what is wrong, and ends with code 1", async () => {
    await using harness = await Harness.start();
    for (const [args, reason] of [
      [["/nowhere/at/all"], /^error: cannot read \/nowhere\/at\/all: ENOENT[^\n]*\n$/],
      [[harness.directory], /^error: there is nothing to count in /],
      [[], /missing required argument 'paths'/],
      [["--pools", "none", "."], /--pools <n>' .*whole number from 1/],
    ] as const) {
      const count = run(harness, ...args);
      expect((await count.exited).code).toBe(1);
      expect(count.stderr).toMatch(reason);
    }
  });
});
