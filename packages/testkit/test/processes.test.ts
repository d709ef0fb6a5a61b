import { tmpdir } from "node:os";

import { isProcessAlive } from "@troupe/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Harness, waitUntil } from "../src/index.js";

const talker = new URL("programs/talker.mjs", import.meta.url);
const holder = new URL("programs/holder.mjs", import.meta.url);

describe("a process of the harness", () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.close());

  it("hears what it is sent, and its lines match in order, past and future", async () => {
    await using child = harness.spawn(talker);
    await child.send("one");
    await child.send("two");
    await child.send("two");
    const future = child.line("heard four");
    expect((await child.line(/heard (.*)/))[1]).toBe("one");
    await child.line("heard two");
    await child.line("heard two");
    await child.send("four");
    await future;
    expect(child.lines).toEqual(["ready", "heard one", "heard two", "heard two", "heard four"]);
  });

  it("gets the harness's runtime directory, arguments and options", async () => {
    await using child = harness.spawn(talker, {
      args: ["socket"],
      env: { TROUPE_LOG: "error" },
      execArgv: ["--no-warnings"],
    });
    const [, path] = await child.line(/listening on (.*)/);
    expect(path).toContain(harness.runtimeDirectory);
    expect(Buffer.byteLength(path as string)).toBeLessThan(108);
  });

  it("fails a wait for a line at once when it ends, and shows why", async () => {
    const child = harness.spawn(talker, { args: ["crash"] });
    await child.line("last words");
    await expect(child.line("ready", { timeout: 60_000 })).rejects.toMatchObject({
      code: "ERR_CLOSED",
      message: expect.stringMatching(
        /talker\.mjs \(pid \d+, ended with code 7\)[^]*last words[^]*the reason/,
      ) as string,
    });
    expect(await child.exited).toEqual({ code: 7, signal: null });
  });

  it("says what it wrote instead of the awaited line", async () => {
    await using child = harness.spawn(talker);
    await child.line("ready");
    await expect(child.line("steady", { timeout: 20 })).rejects.toMatchObject({
      code: "ERR_TIMEOUT",
      message: expect.stringMatching(/steady[^]*running[^]*ready/) as string,
    });
  });

  it("ends by the signal that the test chose", async () => {
    const [killed, stopped] = [harness.spawn(talker), harness.spawn(talker)];
    await Promise.all([killed.line("ready"), stopped.line("ready")]);
    expect(await killed.kill()).toEqual({ code: null, signal: "SIGKILL" });
    expect(await stopped.stop()).toEqual({ code: 0, signal: null });
    expect(await stopped.stop()).toEqual({ code: 0, signal: null });
    await expect(killed.send("hello")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  it("does nothing while it is frozen, and all of it afterwards", async () => {
    await using child = harness.spawn(talker);
    await child.line("ready");
    await child.freeze();
    await child.send("hello");
    await expect(child.line("heard hello", { timeout: 100 })).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
    await child.resume();
    await child.line("heard hello");
  });

  it("can be killed while it is frozen", async () => {
    const child = harness.spawn(talker);
    await child.line("ready");
    await child.freeze();
    expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("dies with the test run, even when that is killed and the process is frozen", async () => {
    const run = harness.spawn(holder, { env: { TMPDIR: harness.directory } });
    const [, first, second] = await run.line(/holding (\d+) (\d+)/);
    await run.kill();
    for (const pid of [first, second]) {
      await waitUntil(() => !isProcessAlive({ pid: Number(pid), startTime: 0 }), {
        what: `child ${pid} to die`,
      });
    }
  });

  it("is refused when there is no such program", () => {
    expect(() => harness.spawn(`${tmpdir()}/no-such-program.mjs`)).toThrow(/no program/);
  });
});
