import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { Harness } from "@troupe/testkit";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The first ts block of a text, as JavaScript: Node 20 knows no `await using`, which closes in reverse, and no `!`. */
function firstExample(text: string): string {
  const block = /```ts\n([^]*?)```/.exec(text)?.[1];
  if (block === undefined) throw new Error("no example");
  const names = [...block.matchAll(/await using (\w+)/g)].map(([, name]) => name);
  const closing = names
    .reverse()
    .map((name) => `await ${name}.close();\n`)
    .join("");
  return block.replace(/await using/g, "const").replace(/!\s*([,)])/g, "$1") + closing;
}

it.each([
  ["README.md", (text: string) => text],
  ["src/index.ts", (text: string) => text.replace(/^ \* ?/gm, "")],
])("the example of %s does what it says", async (file, unwrap) => {
  await using harness = await Harness.start();
  const example = firstExample(unwrap(await readFile(`${root}/${file}`, "utf8")));
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", example], {
    cwd: root,
    env: harness.env,
  });
  expect(stdout).toBe("hello back\n");
});
