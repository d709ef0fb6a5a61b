import { readFile } from "node:fs/promises";

import { Harness, noLeftovers } from "@troupe/testkit";
import { expect, it, vi } from "vitest";

noLeftovers();

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");
const documents = async () => [
  await read("../README.md"),
  (await read("../src/index.ts")).replace(/^ \* ?/gm, ""),
];

it("the actors of the README and of the package's documentation do what it says", async () => {
  const example = await read("example.ts");
  for (const document of await documents()) expect(document).toContain(`\`\`\`ts\n${example}\`\`\``);
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("example.ts", import.meta.url), {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(running.lines).toEqual(["2", "2", "3", "4", "5", "counter-0 3"]);
});

it("the queue and the pool of the README do what it says", async () => {
  const example = await read("queue-example.ts");
  expect(await read("../README.md")).toContain(`\`\`\`ts\n${example}\`\`\``);
  await using harness = await Harness.start();
  const running = harness.spawn(new URL("queue-example.ts", import.meta.url), {
    execArgv: ["--import", import.meta.resolve("tsx")],
  });
  expect(await running.exited).toEqual({ code: 0, signal: null });
  expect(running.lines).toEqual(["5050", "1", "4", "9", "2 2 3"]);
});

it("the components of the README and of the package's documentation do what it says", async () => {
  const example = await read("component-example.ts");
  for (const document of await documents()) expect(document).toContain(`\`\`\`ts\n${example}\`\`\``);
  const print = vi.spyOn(console, "log").mockImplementation(() => {});
  await import("./component-example.js");
  expect(print.mock.calls).toEqual([["worker-0", "says", "hi"]]);
});
