import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  describeWithSlurm,
  launcherSuite,
  noLeftovers,
  type SlurmCluster,
  startSlurm,
  waitUntil,
} from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";

import { type Launcher, slurmLauncher, type SlurmLauncherOptions } from "../src/index.js";
import { runProgram } from "../src/program.js";
import { errorOf } from "./support.js";

noLeftovers();

describeWithSlurm("slurmLauncher()", () => {
  let slurm: SlurmCluster;
  beforeAll(async () => {
    slurm = await startSlurm();
  }, 180_000);
  afterAll(() => slurm.stop(), 120_000);

  const open = (options: SlurmLauncherOptions = {}): Launcher =>
    slurmLauncher({ config: slurm.config, logs: tmpdir(), ...options });

  launcherSuite("Slurm", { open: () => open({ flags: ["--output=/dev/null"] }) });

  /** What Slurm says of a job, but for its script. */
  async function shown(id: string): Promise<string> {
    const env = { ...process.env, SLURM_CONF: slurm.config };
    return (await runProgram("scontrol", ["show", "job", id], { env })).stdout;
  }

  async function ended(launcher: Launcher, id: string) {
    return waitUntil(
      async () =>
        (await launcher.list()).find(
          (each) => each.id === id && !["waiting", "running"].includes(each.state),
        ),
      { what: `the end of job ${id}`, timeout: 40_000 },
    );
  }

  it("asks for cores, memory, time and what else its options and flags say, rounded up", async () => {
    const launcher = open({ partition: "main", prefix: "mine", flags: ["--hold", "--comment=flagged"] });
    const { id } = await launcher.launch({
      command: "sleep",
      args: ["600"],
      name: "asker",
      cpu: 1.5,
      memory: "100.5MiB",
      timeLimit: 3_600_001,
    });
    const job = await shown(id);
    for (const part of ["JobName=mine-asker\n", "CPUs/Task=2 ", "MinMemoryNode=101M ", "TimeLimit=01:01:00 "])
      expect(job).toContain(part);
    for (const part of ["Partition=main ", "Comment=flagged ", "Requeue=0 "]) expect(job).toContain(part);
    await waitUntil(async () => (await launcher.list()).find((each) => each.id === id && each.reason), {
      what: "the reason of waiting",
    });
    expect(await launcher.list()).toEqual([{ id, name: "asker", state: "waiting", reason: "JobHeldUser" }]);
    expect((await open().list()).filter((each) => each.id === id)).toEqual([]);
    expect(await launcher.stop(id)).toBe(true);
  });

  it("keeps variables out of what others can see, and this program's out of the job", async () => {
    const directory = await mkdtemp(join(tmpdir(), "troupe-slurm-launcher-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    vi.stubEnv("TROUPE_OF_THIS_PROGRAM", "other-secret");
    onTestFinished(() => void vi.unstubAllEnvs());
    const launcher = open({ logs: directory });
    const { id } = await launcher.launch({ command: "env", env: { TROUPE_KEY: "the-secret" } });
    expect(await ended(launcher, id)).toMatchObject({ state: "ended" });
    expect(await shown(id)).not.toContain("secret");
    const output = readFileSync(join(directory, `${id}.log`), "utf8");
    expect(output).toContain("TROUPE_KEY=the-secret\n");
    expect(output).not.toContain("other-secret");
  });

  it("says how a job failed", async () => {
    const launcher = open({ flags: ["--output=/dev/null"] });
    const reasons = ["exit 3", "kill -9 $$", "exit 127"].map(async (script) => {
      const { id } = await launcher.launch({ command: "sh", args: ["-c", script] });
      return (await ended(launcher, id)).reason;
    });
    expect(await Promise.all(reasons)).toEqual([
      "exit code 3",
      "ended by signal 9",
      "exit code 127: a command was not found",
    ]);
  });

  it("says what to do where Slurm finds no configuration of a cluster", async () => {
    const directory = await mkdtemp(join(tmpdir(), "troupe-slurm-launcher-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const config = join(directory, "slurm.conf");
    await writeFile(config, "# of no cluster\n");
    const launcher = slurmLauncher({ config });
    const calls = [launcher.launch({ command: "true" }), launcher.list(), launcher.stop("1")];
    for (const error of await Promise.all(calls.map(errorOf)))
      expect([error.code, error.message]).toEqual([
        "ERR_CONFIG",
        expect.stringMatching(/not set up.*SLURM_CONF/),
      ]);
  });

  it("repeats Slurm's words when it refuses", async () => {
    const refused = async (options: SlurmLauncherOptions) =>
      errorOf(open(options).launch({ command: "true" }));
    const partition = await refused({ partition: "none" });
    expect([partition.code, partition.message]).toEqual([
      "ERR_CONFIG",
      expect.stringMatching(/refused.*invalid partition/i),
    ]);
    const flag = await refused({ flags: ["--no-such-flag"] });
    expect([flag.code, flag.message]).toEqual(["ERR_CONFIG", expect.stringMatching(/no-such-flag/)]);
    const memory = await errorOf(open().launch({ command: "true", memory: "64TiB" }));
    expect([memory.code, memory.retryable]).toEqual(["ERR_NO_RESOURCES", false]);
    expect(memory.message).toMatch(/configuration is not available/);
  });
});

describe("slurmLauncher() without Slurm", () => {
  it("says what to do where its slurm.conf is not there", async () => {
    const launcher = slurmLauncher({ config: "/nowhere/slurm.conf" });
    const error = await errorOf(launcher.list());
    expect([error.code, error.message]).toEqual([
      "ERR_CONFIG",
      expect.stringMatching(/not set up.*\/nowhere\/slurm.conf.*SLURM_CONF/),
    ]);
  });

  it("says what to do where there is no sbatch", async () => {
    vi.stubEnv("PATH", "/nowhere");
    onTestFinished(() => void vi.unstubAllEnvs());
    const launcher = slurmLauncher();
    for (const call of [launcher.launch({ command: "true" }), launcher.list(), launcher.stop("1")]) {
      const error = await errorOf(call);
      expect([error.code, error.message]).toEqual([
        "ERR_CONFIG",
        expect.stringMatching(/PATH.*slurm-client/),
      ]);
    }
  });

  it.each([
    ["partitions", { partitions: "main" }],
    ["partition", { partition: "" }],
    ["account", { account: 7 }],
    ["flags", { flags: "--exclusive" }],
    ["flags", { flags: [1] }],
    ["prefix", { prefix: "a b" }],
  ])("refuses a wrong %s among its options", async (option, options) => {
    const error = await errorOf(() => slurmLauncher(options as SlurmLauncherOptions));
    expect([error.code, error.details["option"]]).toEqual(["ERR_CONFIG", option]);
  });
});
