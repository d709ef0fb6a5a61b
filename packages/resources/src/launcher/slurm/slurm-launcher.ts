import { resolve } from "node:path";

import { checkOptions, type OptionRules, timeLeft, TroupeError, type WaitOptions } from "@troupe/core";

import { checkId, isPlain, prefixRule, textRule } from "../checks.js";
import type { Launched, Launcher, LaunchRequest } from "../launcher.js";
import { type ParsedRequest, parseRequest } from "../parse-request.js";
import { isLive, untilEnded } from "../until-ended.js";
import { jobScript } from "./job-script.js";
import { jobFormat, parseJobs } from "./job-state.js";
import { slurmCommand } from "./slurm-command.js";

/** Options of {@link slurmLauncher}. What is absent is left to Slurm. */
export interface SlurmLauncherOptions {
  readonly partition?: string | undefined;
  /** Whom Slurm charges. */
  readonly account?: string | undefined;
  /** More of `sbatch`'s flags, as `["--constraint=a100", "--exclusive"]`. They win over what is set here. */
  readonly flags?: readonly string[] | undefined;
  /** Directory that is there, on all machines, for a file `<id>.log` of the output of each. Default: `slurm-<id>.out` in its working directory. */
  readonly logs?: string | undefined;
  /** What the names of jobs begin with, and how `list()` knows them. Default: `troupe`. */
  readonly prefix?: string | undefined;
  /** Path of `slurm.conf`. Default: as Slurm finds it, by `SLURM_CONF`. */
  readonly config?: string | undefined;
}

/**
 * Launches batch jobs of Slurm by `sbatch`, `squeue` and `scancel`, as the user that this process is. Jobs outlive it;
 * `list()` has those of this user with the prefix, whoever launched them, and those that ended for as long as
 * `squeue` shows them (`MinJobAge`, 5 minutes unless it was changed).
 *
 * A job gets the environment of the user's login on its machine, and starts in this program's working directory.
 * Cores are whole, memory is MiB and time limits are minutes: fractions are rounded up. Slurm ends jobs by SIGTERM, and
 * by SIGKILL after its `KillWait`.
 *
 * @throws ERR_CONFIG for options that are none
 */
export function slurmLauncher(options: SlurmLauncherOptions = {}): Launcher {
  return new SlurmJobs(options);
}

const rules: OptionRules<SlurmLauncherOptions> = {
  partition: textRule,
  account: textRule,
  flags: { must: "a list of texts", holds: (value) => Array.isArray(value) && value.every(isPlain) },
  logs: textRule,
  prefix: prefixRule,
  config: textRule,
};

class SlurmJobs implements Launcher {
  readonly #options: SlurmLauncherOptions;
  readonly #prefix: string;

  constructor(options: SlurmLauncherOptions) {
    this.#options = checkOptions<SlurmLauncherOptions>("slurmLauncher()", options, rules);
    this.#prefix = `${options.prefix ?? "troupe"}-`;
  }

  async launch(request: LaunchRequest, options: WaitOptions = {}): Promise<Launched> {
    const parsed = parseRequest(request);
    const printed = await this.#run("sbatch", this.#flags(parsed), { ...options, input: jobScript(parsed) });
    // In a federation the name of the cluster follows.
    const [id = ""] = printed.trim().split(";");
    if (!/^\d+$/.test(id))
      throw new TroupeError(
        "ERR_CONFIG",
        `sbatch was to print the id of a job, and printed ${printed.trim()}.`,
      );
    return { id, name: parsed.name, state: "waiting" };
  }

  async stop(id: string, options: WaitOptions = {}): Promise<boolean> {
    checkId(id, /^\d+$/, "4711");
    const left = timeLeft(options);
    const look = async (wait: WaitOptions) => (await this.list(wait)).find((job) => job.id === id);
    const job = await look(left());
    if (!job || !isLive(job)) return false;
    await this.#run("scancel", [id], left());
    await untilEnded(id, look, left());
    return true;
  }

  async list(options: WaitOptions = {}): Promise<Launched[]> {
    const args = ["--me", "--states=all", "--noheader", `--Format=${jobFormat}`];
    return parseJobs(await this.#run("squeue", args, options), this.#prefix);
  }

  #flags({ name, cwd, cpu, memory, gpu, timeLimit }: ParsedRequest): string[] {
    const { partition, account, logs, flags = [] } = this.#options;
    const set = {
      "job-name": `${this.#prefix}${name}`,
      // That of a login there: neither this program's, nor what it keeps secret.
      export: "NONE",
      nodes: 1,
      ntasks: 1,
      partition,
      account,
      chdir: cwd,
      output: logs === undefined ? undefined : resolve(logs, "%j.log"),
      "cpus-per-task": cpu > 0 ? Math.ceil(cpu) : undefined,
      mem: memory > 0 ? `${Math.ceil(memory / 1024 ** 2)}M` : undefined,
      gres: gpu > 0 ? `gpu:${gpu}` : undefined,
      time: timeLimit === undefined ? undefined : Math.ceil(timeLimit / 60_000),
    };
    const chosen = Object.entries(set).filter(([, value]) => value !== undefined);
    return ["--parsable", "--no-requeue", ...chosen.map(([flag, value]) => `--${flag}=${value}`), ...flags];
  }

  #run(
    command: string,
    args: readonly string[],
    options: WaitOptions & { readonly input?: string },
  ): Promise<string> {
    return slurmCommand(command, args, { ...options, config: this.#options.config });
  }
}
