import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Harness } from "@troupe/testkit";
import ts from "typescript";
import { expect, it } from "vitest";

const program = new URL("programs/one-file.ts", import.meta.url);

const said = [
  "imported",
  "#private, inherited 3 a circle",
  "getter, static, promise 27 1 x",
  "stream 4 5 6",
  "batch 7 9",
  "call site square true",
  "curried 3",
  "decorated first 1",
  "function 3",
  "thread 8",
  "local 2 true 1",
  "elsewhere true 2",
  "over circle-0 triangle-0 decorated-0 add-0",
];

/** The program as a build leaves it, in a project that has this package. */
async function build(folder: string): Promise<string> {
  const { outputText } = ts.transpileModule(await readFile(program, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  await mkdir(join(folder, "node_modules/@troupe"), { recursive: true });
  await symlink(fileURLToPath(new URL("..", import.meta.url)), join(folder, "node_modules/@troupe/dist"));
  await writeFile(join(folder, "one-file.mjs"), outputText);
  return join(folder, "one-file.mjs");
}

it.each([
  ["TypeScript by node --import tsx", async () => ({ path: program, execArgv: ["--import", tsx] })],
  ["built JavaScript", async (folder: string) => ({ path: await build(folder), execArgv: [] })],
])("a program of one file runs as %s, with every form of dist() in it", async (_name, prepare) => {
  await using harness = await Harness.start();
  const { path, execArgv } = await prepare(harness.directory);
  const running = harness.spawn(path, { execArgv });
  expect(await running.exited).toEqual({ code: 0, signal: null });
  const isOwn = (line: string) => !line.startsWith("(");
  expect(running.lines.filter(isOwn)).toEqual(said);
  // Each pool has imported the program, and so has the thread; none has run its main part.
  const ofPools = running.lines.filter((line) => !isOwn(line)).map((line) => line.replace(/^.*\) /, ""));
  expect(ofPools).toEqual(["imported", "imported", "imported"]);
  expect(running.stderr).toBe("");
});

it("pools that are threads import TypeScript as the program was", async () => {
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("programs/threads.ts", import.meta.url), {
    execArgv: ["--import", tsx],
  });
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(running.lines).toEqual(["3 true 1"]);
  expect(running.stderr).toBe("");
});

const tsx = import.meta.resolve("tsx");
