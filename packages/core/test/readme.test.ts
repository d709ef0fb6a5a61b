import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

import ts from "typescript";
import { expect, it } from "vitest";

it("the README's example runs and does what it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const { outputText } = ts.transpileModule(`${example}\nconsole.log(value);`, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  // Within the package, so that it finds itself by name.
  const program = new URL(`programs/readme-${process.pid}.mjs`, import.meta.url).pathname;
  writeFileSync(program, outputText);
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, [program], { encoding: "utf8" });
    expect([stderr, status]).toEqual(["", 0]);
    expect(stdout).toMatch(
      /^items\[0\]\.run\n\{\n {2}weights: Float32Array\(2\) \[ 1, 2 \],\n {2}seen: Set\(1\) \{ 'a' \},\n {2}at: \d{4}-/,
    );
  } finally {
    rmSync(program);
  }
});
