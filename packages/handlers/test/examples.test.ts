import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The first ts block of a text. The examples use no type annotation, so Node runs them as they are. */
function firstExample(text: string): string {
  const block = /```ts\n([^]*?)```/.exec(text)?.[1];
  if (block === undefined) throw new Error("no example");
  return block;
}

it.each([
  ["README.md", (text: string) => text],
  ["src/index.ts", (text: string) => text.replace(/^ \* ?/gm, "")],
])("the example of %s does what it says", async (file, unwrap) => {
  const example = firstExample(unwrap(await readFile(`${root}/${file}`, "utf8")));
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", example], {
    cwd: root,
  });
  expect(stdout).toBe("2 rollouts\n");
});
