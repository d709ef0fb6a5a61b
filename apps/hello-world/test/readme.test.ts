import { readFile } from "node:fs/promises";

import { expect, it } from "vitest";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

it("the example of the repository's README is this program", async () => {
  const readme = await read("../../../README.md");
  const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, example]) => example);
  expect(examples).toEqual([await read("../src/worker.ts"), await read("../src/runner.ts")]);
});
