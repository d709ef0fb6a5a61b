import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { generateClusterKey } from "@troupe/core";
import { type Launcher, processLauncher, slurmLauncher } from "@troupe/dist";
import {
  describeWithSlurm,
  Harness,
  type HarnessProcess,
  type SlurmCluster,
  startSlurm,
} from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const troupe = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const script = fileURLToPath(new URL("programs/greet.ts", import.meta.url));
/** Milliseconds: a scheduler on a busy machine takes its time. */
const patience = 60_000;

/** Starts a head, lets a launcher start a host of it, places an actor there, and stops the host. */
async function launchHost(harness: Harness, launcher: Launcher): Promise<void> {
  const keyFile = join(harness.directory, "cluster.key");
  await writeFile(keyFile, generateClusterKey(), { mode: 0o600 });
  const env = { TROUPE_KEY_FILE: keyFile, TROUPE_LOG: "silent" };
  const run = (args: string[]): HarnessProcess => harness.spawn(troupe, { args, env, name: args.join(" ") });
  await using head = run(["start", "--head", "--listen", "tcp://127.0.0.1:*", "--pools", "0"]);
  const [, address] = await head.line(/^The head is up at (\S+), with 0 pools\./);

  const { id } = await launcher.launch({
    command: process.execPath,
    args: [troupe, "start", "--address", address!, "--pools", "1"],
    env: { ...env, TROUPE_RUNTIME_DIR: harness.runtimeDirectory },
    cwd: harness.directory,
    name: "host",
  });
  const [, host] = await head.line(/^(\S+) \(.+, 1 pool\) joined\.$/, { timeout: patience });
  expect(await launcher.list()).toEqual([{ id, name: "host", state: "running" }]);

  await using greeting = run(["run", script, "greet", "Ada", host!]);
  expect(await greeting.exited).toEqual({ code: 0, signal: null });
  expect(greeting.stdout).toBe(`hello Ada from ${host} of ${address}\n`);

  expect(await launcher.stop(id)).toBe(true);
  await head.line(new RegExp(`^${host} \\(.+\\) left\\.$`), { timeout: patience });
  expect(await launcher.list()).toMatchObject([{ id, state: "stopped" }]);
}

describe("a host that is launched", { timeout: 3 * patience }, () => {
  it("as a process joins, takes actors, and leaves when it is stopped", async () => {
    await using harness = await Harness.start();
    await using launcher = processLauncher({ logs: join(harness.directory, "logs"), grace: patience });
    await launchHost(harness, launcher);
  });
});

describeWithSlurm("a host that is launched", () => {
  let slurm: SlurmCluster;
  beforeAll(async () => {
    slurm = await startSlurm({ killWait: 60 });
  }, 3 * patience);
  afterAll(() => slurm.stop(), patience);

  it(
    "by Slurm joins, takes actors, and leaves when it is stopped",
    async () => {
      await using harness = await Harness.start();
      const logs = join(harness.directory, "logs");
      await mkdir(logs);
      await launchHost(harness, slurmLauncher({ config: slurm.config, logs }));
    },
    3 * patience,
  );
});
