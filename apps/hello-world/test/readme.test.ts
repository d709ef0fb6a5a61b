import { readFile } from "node:fs/promises";

import { expect, it } from "vitest";

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

it("the examples of the repository's README are programs that tests run", async () => {
  const readme = await read("../../../README.md");
  const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, example]) => example);
  expect(examples).toEqual([
    await read("../../actor-counter/src/quick-start.ts"),
    await read("../../monte-carlo-pi/src/quick-start.ts"),
    await read("../../actor-counter/src/survivor.ts"),
    await read("../src/worker.ts"),
    await read("../src/runner.ts"),
  ]);
});
