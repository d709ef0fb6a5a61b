import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Harness, type LauncherLike, launcherSuite, noLeftovers, waitUntil } from "@troupe/testkit";
import { describe, expect, it, onTestFinished } from "vitest";

import { processLauncher, type ProcessLauncher, type ProcessLauncherOptions } from "../src/index.js";
import { errorOf } from "./support.js";

noLeftovers();

const program = new URL("programs/launch.mjs", import.meta.url);

launcherSuite("processes", {
  open: () => processLauncher({ grace: 500 }),
  close: (launcher: LauncherLike) => (launcher as ProcessLauncher).close(),
});

function open(options: ProcessLauncherOptions = {}): ProcessLauncher {
  const launcher = processLauncher(options);
  onTestFinished(() => launcher.close());
  return launcher;
}

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "troupe-process-launcher-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Waits for the end of a launch, and gives what is listed of it. */
async function ended(launcher: ProcessLauncher, id: string) {
  return waitUntil(
    async () => (await launcher.list()).find((each) => each.id === id && each.state !== "running"),
    { what: `the end of ${id}` },
  );
}

/** Whether a process is there; one that has ended and was not reaped is not. */
function runs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "";
  } catch {
    return false;
  }
}

describe("processLauncher()", () => {
  it("keeps the output of each in a file of its own, which nobody else can read", async () => {
    const logs = join(await temporary(), "some", "logs");
    const launcher = open({ logs });
    const { id } = await launcher.launch({
      command: "sh",
      args: ["-c", "echo out; echo err >&2"],
      name: "job",
    });
    expect(id).toBe("job-1");
    await ended(launcher, id);
    expect(readFileSync(join(logs, "job-1.log"), "utf8")).toBe("out\nerr\n");
  });

  it("says how a command failed", async () => {
    const launcher = open();
    const reasons = ["exit 3", "kill -9 $$", "nowhere-to-be-found 2> /dev/null"].map(async (script) => {
      const { id } = await launcher.launch({ command: "sh", args: ["-c", script] });
      return (await ended(launcher, id)).reason;
    });
    expect(await Promise.all(reasons)).toEqual([
      "exit code 3",
      "ended by SIGKILL",
      "exit code 127: a command was not found",
    ]);
  });

  it("ends what exceeds its time limit", async () => {
    const launcher = open();
    const { id } = await launcher.launch({ command: "sleep", args: ["600"], timeLimit: 10 });
    expect(await ended(launcher, id)).toMatchObject({
      state: "failed",
      reason: "its time limit of 10 ms was over",
    });
  });

  it("finds a command in the PATH that it is given, and tells a directory that is not there", async () => {
    const launcher = open();
    const missing = await errorOf(launcher.launch({ command: "sleep", env: { PATH: "/nowhere" } }));
    expect([missing.code, missing.message]).toEqual(["ERR_CONFIG", expect.stringMatching(/PATH/)]);
    const nowhere = await errorOf(launcher.launch({ command: "sleep", cwd: "/nowhere" }));
    expect([nowhere.code, nowhere.message]).toEqual([
      "ERR_CONFIG",
      expect.stringMatching(/directory \/nowhere/),
    ]);
    expect(await launcher.list()).toEqual([]);
  });

  it("ends all that it launched when it is closed, and launches nothing more", async () => {
    const launcher = processLauncher();
    await launcher.launch({ command: "sleep", args: ["600"] });
    await launcher.launch({ command: "sleep", args: ["600"] });
    await launcher.close();
    await launcher.close();
    expect((await launcher.list()).map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    expect((await errorOf(launcher.launch({ command: "sleep" }))).code).toBe("ERR_CLOSED");
  });

  it.each([
    ["log", { log: "x" }],
    ["grace", { grace: -1 }],
    ["grace", { grace: Infinity }],
    ["logs", { logs: "" }],
  ])("refuses a wrong %s among its options", async (option, options) => {
    const error = await errorOf(() => processLauncher(options as ProcessLauncherOptions));
    expect([error.code, error.details["option"]]).toEqual(["ERR_CONFIG", option]);
  });
});

describe("a program that launched processes", () => {
  it.each([
    ["is killed", "SIGKILL"],
    ["is ended by SIGTERM", "SIGTERM"],
  ] as const)("takes them along when it %s, also those that do not listen", async (_, signal) => {
    await using harness = await Harness.start();
    const launching = harness.spawn(program);
    const [, polite, stubborn] = await launching.line(/^launched (\d+) (\d+)$/);
    await launching.kill(signal);
    for (const pid of [Number(polite), Number(stubborn)])
      await waitUntil(() => !runs(pid), { what: `the end of ${pid}` });
  });

  it("is not kept alive by them", async () => {
    await using harness = await Harness.start();
    const launching = harness.spawn(program, { args: ["end"] });
    const [, polite] = await launching.line(/^launched (\d+) (\d+)$/);
    expect(await launching.exited).toEqual({ code: 0, signal: null });
    await waitUntil(() => !runs(Number(polite)), { what: `the end of ${polite}` });
  });
});
