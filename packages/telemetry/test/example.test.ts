import { readFile } from "node:fs/promises";

import { Harness, noLeftovers } from "@troupe/testkit";
import { expect, it } from "vitest";

noLeftovers();

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

it("the example of the README does what it says", async () => {
  expect(await read("../README.md")).toContain(`\`\`\`ts\n${await read("example.ts")}\`\`\``);
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("example.ts", import.meta.url), {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect([...running.lines].sort()).toEqual([
    "episode_return 475",
    "troupe_hosts 1",
    'troupe_method_calls_total{class="Counter",method="add"} 1',
  ]);
});
