import { noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { startCluster } from "./support/start.js";

noLeftovers();

describe.each(["process", "thread"] as const)("output of a pool that is a %s", (isolation) => {
  it("comes line by line, with path and pid", async () => {
    const options = isolation === "thread" ? { isolation } : { isolation, execArgv: [] };
    await using test = await startCluster({ pools: [options] });
    const pid = await test.run("pool-0");
    const write = (...args: unknown[]) => test.ask("pool-0", "write", args);
    await write("stdout", "counter-0", "one\ntwo, ");
    await write("stdout", "counter-1", "other\n");
    await write("stdout", "counter-0", "and three\n");
    await write("stderr", undefined, "nobody's\n");
    await waitUntil(() => test.lines.length === 4, { what: "four lines" });
    expect(
      test.output.filter(({ stream }) => stream === "stdout").map(({ path, text }) => [path, text]),
    ).toEqual([
      ["counter-0", "one"],
      ["counter-1", "other"],
      ["counter-0", "two, and three"],
    ]);
    expect(test.lines).toContain(`(counter-0 pid=${pid}) two, and three`);
    expect(test.lines).toContain(`(pool-0 pid=${pid}) nobody's`);
  });

  it("of any amount arrives whole", async () => {
    const options = isolation === "thread" ? { isolation } : { isolation, execArgv: [] };
    await using test = await startCluster({ pools: [options] });
    await test.run("pool-0");
    await test.ask("pool-0", "flood", 20_000);
    await waitUntil(() => test.lines.length === 20_000, { what: "all lines" });
    expect(new Set(test.output.map(({ text }) => text))).toEqual(new Set(["x".repeat(1_000)]));
  });
});

it("a pool that writes faster than is read is slowed, and keeps none of it in memory", async () => {
  let lines = 0;
  await using test = await startCluster({ pools: 1, log: () => lines++ });
  await test.run("pool-0");
  const resident = await test.ask("pool-0", "flood", 150_000);
  expect(resident).toBeLessThan(150_000_000);
  await waitUntil(() => lines === 150_000, { what: "all lines" });
});

it("what was written before a crash arrives, whole lines or not", async () => {
  await using test = await startCluster({ pools: 1 });
  const pid = await test.run("pool-0");
  await test.ask("pool-0", "write", ["stdout", "counter-0", "the last wo"]);
  process.kill(pid, "SIGKILL");
  await waitUntil(() => test.lines.includes(`(counter-0 pid=${pid}) the last wo`), {
    what: "the last words",
  });
});

it("a logger gets lines with their fields, standard error as warnings", async () => {
  const logged: unknown[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void logged.push([level, fields, message]);
  const log = { debug() {}, info: keep("info"), warn: keep("warn"), error: keep("error") };
  await using test = await startCluster({ pools: 1, log });
  const pid = await test.run("pool-0");
  await test.ask("pool-0", "write", ["stdout", "counter-0", "hello\n"]);
  await test.ask("pool-0", "write", ["stderr", "counter-0", "oh\n"]);
  await waitUntil(() => logged.length === 2, { what: "two lines" });
  const from = { path: "counter-0", pool: "pool-0", host: "host-0", pid };
  expect(logged).toContainEqual(["info", { ...from, stream: "stdout" }, "hello"]);
  expect(logged).toContainEqual(["warn", { ...from, stream: "stderr" }, "oh"]);
});
