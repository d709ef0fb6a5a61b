import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { TroupeError } from "@troupe/core";

import { freePort } from "../free-port.js";
import { HarnessProcess } from "../harness/harness-process.js";
import { waitUntil } from "../wait-until.js";
import { mungeSocket, slurmConfig } from "./slurm-config.js";
import { slurmEnvironment, slurmProblem } from "./slurm-programs.js";

const run = promisify(execFile);

/** Milliseconds for a daemon to be up, or for a job to be gone. */
const patience = 60_000;

/** Options of {@link startSlurm}. */
export interface SlurmOptions {
  /** Seconds that a job has to end after SIGTERM, before it is killed. Default: 2. */
  readonly killWait?: number;
}

/**
 * A real Slurm for tests: munged, slurmctld and slurmd of this machine alone, on ports and in a directory of their own.
 * Disposing of it is {@link SlurmCluster.stop}. The daemons die with the process of the test.
 */
export class SlurmCluster implements AsyncDisposable {
  readonly #directory: string;
  /** In the order in which they were started. */
  readonly #daemons: HarnessProcess[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Resolves when its node takes jobs.
   *
   * @throws ERR_CONFIG when it cannot be had here; ERR_TIMEOUT, with what a daemon says, when it does not come up
   */
  static async start({ killWait = 2 }: SlurmOptions = {}): Promise<SlurmCluster> {
    const problem = await slurmProblem();
    if (problem !== undefined) throw new TroupeError("ERR_CONFIG", `No Slurm for this test: ${problem}.`);
    const cluster = new SlurmCluster(await mkdtemp(join(tmpdir(), "troupe-slurm-")));
    try {
      await cluster.#start(killWait);
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Path of its `slurm.conf`. */
  get config(): string {
    return join(this.#directory, "slurm.conf");
  }

  /** Ends its jobs and its daemons, and removes its directory. Idempotent. */
  async stop(): Promise<void> {
    const [, controller, node] = this.#daemons;
    if (controller && node && !controller.exit && !node.exit) {
      await this.#run("scancel", "--me");
      await waitUntil(async () => (await this.#run("squeue", "--noheader")) === "", {
        what: "the jobs of Slurm to end",
        timeout: patience,
      });
    }
    for (const daemon of this.#daemons.splice(0).reverse()) if (!daemon.exit) await daemon.kill("SIGKILL");
    await rm(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(killWait: number): Promise<void> {
    const at = this.#directory;
    const key = join(at, "munge.key");
    await writeFile(key, randomBytes(128), { mode: 0o600 });
    const ports = { controllerPort: await freePort(), nodePort: await freePort() };
    await writeFile(this.config, slurmConfig({ directory: at, killWait, ...ports }));
    for (const name of ["state", "spool"]) await mkdir(join(at, name));
    const files = { socket: mungeSocket(at), "key-file": key, "pid-file": join(at, "munged.pid") };
    const more = { "log-file": join(at, "munged.log"), "seed-file": join(at, "munged.seed") };
    const flags = Object.entries({ ...files, ...more }).map(([name, path]) => `--${name}=${path}`);
    // The directory is for root alone, which munged would take for a mistake.
    await this.#daemon("munged", ["--foreground", "--force", ...flags], () =>
      this.#run("munge", "--no-input"),
    );
    await this.#daemon("slurmctld", ["-D", "-i", "-f", this.config], () => this.#run("squeue"));
    await this.#daemon("slurmd", ["-D", "-N", "node", "-f", this.config], async () =>
      (await this.#run("sinfo", "--noheader", "--format=%T")).startsWith("idle"),
    );
  }

  /** Starts one, and waits until it does its work. */
  async #daemon(name: string, args: readonly string[], isUp: () => Promise<unknown>): Promise<void> {
    const daemon = HarnessProcess.run(name, { args, env: slurmEnvironment(), cwd: this.#directory, name });
    this.#daemons.push(daemon);
    const failed = daemon.exited.then(() => {
      throw new TroupeError("ERR_CLOSED", `It ended before it was up: ${daemon.describe()}`);
    });
    failed.catch(() => {});
    try {
      await Promise.race([waitUntil(isUp, { what: `${name} to be up`, timeout: patience }), failed]);
    } catch (error) {
      throw new TroupeError("ERR_TIMEOUT", `${name} did not come up: ${daemon.describe()}`, { cause: error });
    }
  }

  async #run(command: string, ...args: string[]): Promise<string> {
    const socket = command === "munge" ? [`--socket=${mungeSocket(this.#directory)}`] : [];
    const env = { ...slurmEnvironment(), SLURM_CONF: this.config };
    const { stdout } = await run(command, [...socket, ...args], { env });
    return stdout;
  }
}

/** Starts a real Slurm for a test; installs it first where that is possible. See {@link SlurmCluster}. */
export function startSlurm(options?: SlurmOptions): Promise<SlurmCluster> {
  return SlurmCluster.start(options);
}
