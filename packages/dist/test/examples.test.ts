import { readFile } from "node:fs/promises";

import { noLeftovers } from "@troupe/testkit";
import { expect, it, vi } from "vitest";

noLeftovers();

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

function firstExample(text: string): string | undefined {
  return /```ts\n([^]*?)```/.exec(text)?.[1];
}

it("the example of the README and of the package's documentation does what it says", async () => {
  const example = await read("example.ts");
  expect(firstExample(await read("../README.md"))).toBe(example);
  expect(firstExample((await read("../src/index.ts")).replace(/^ \* ?/gm, ""))).toBe(example);
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await import("./example.js");
  expect(print.mock.calls).toEqual([["worker-0", "says", "hi"]]);
});
