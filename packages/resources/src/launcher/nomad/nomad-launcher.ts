import {
  checkOptions,
  type OptionRules,
  timeLeft,
  TroupeError,
  uniqueId,
  type WaitOptions,
} from "@troupe/core";

import { checkId, prefixRule, textRule } from "../checks.js";
import type { Launched, Launcher, LaunchRequest } from "../launcher.js";
import { parseRequest } from "../parse-request.js";
import { isLive, untilEnded } from "../until-ended.js";
import { type AllocationStub, failureOf } from "./failure.js";
import { batchJob, type JobTerms } from "./job.js";
import { type JobStub, launchedOf } from "./job-state.js";
import { askNomad, type NomadAccess, type NomadRequest } from "./nomad-api.js";

/** Options of {@link nomadLauncher}. What is absent is left to Nomad. */
export interface NomadLauncherOptions {
  /** Default: `NOMAD_ADDR`, else `http://127.0.0.1:4646`. */
  readonly address?: string | undefined;
  /** A token that may list, submit and read jobs. Default: `NOMAD_TOKEN`. */
  readonly token?: string | undefined;
  /** Default: `NOMAD_NAMESPACE`. */
  readonly namespace?: string | undefined;
  /** Default: `NOMAD_REGION`. */
  readonly region?: string | undefined;
  /** Default: all. */
  readonly datacenters?: readonly string[] | undefined;
  readonly nodePool?: string | undefined;
  /** `raw_exec` (default), which administrators have to allow, or `exec`, which runs it in a chroot. */
  readonly driver?: "raw_exec" | "exec" | undefined;
  /** What the ids of jobs begin with, and how `list()` knows them. Default: `troupe`. */
  readonly prefix?: string | undefined;
}

/**
 * Launches batch jobs of Nomad through its HTTP API. Jobs outlive this process; `list()` has those of the namespace
 * with the prefix, whoever launched them, and those that ended until Nomad forgets them.
 *
 * The command is a path, and `${…}` in arguments and variables is Nomad's to fill in. Cores are whole and memory is
 * MiB: fractions are rounded up. `timeLimit` is refused: Nomad has none. Who may read jobs reads their variables: give
 * a secret by a file there that a variable names.
 *
 * @throws ERR_CONFIG for options that are none
 */
export function nomadLauncher(options: NomadLauncherOptions = {}): Launcher {
  return new NomadJobs(options);
}

const rules: OptionRules<NomadLauncherOptions> = {
  address: {
    must: "an http or https URL",
    holds: (value) => typeof value === "string" && /^https?:/.test(value) && URL.canParse(value),
  },
  token: textRule,
  namespace: textRule,
  region: textRule,
  datacenters: {
    must: "a list of names",
    holds: (value) => Array.isArray(value) && value.length > 0 && value.every(textRule.holds),
  },
  nodePool: textRule,
  driver: { must: '"raw_exec" or "exec"', holds: (value) => value === "raw_exec" || value === "exec" },
  prefix: prefixRule,
};

class NomadJobs implements Launcher {
  readonly #access: NomadAccess;
  readonly #terms: JobTerms;
  readonly #prefix: string;

  constructor(options: NomadLauncherOptions) {
    const { NOMAD_ADDR, NOMAD_TOKEN, NOMAD_NAMESPACE, NOMAD_REGION } = process.env;
    const {
      address = NOMAD_ADDR || "http://127.0.0.1:4646",
      token = NOMAD_TOKEN || undefined,
      namespace = NOMAD_NAMESPACE || undefined,
      region = NOMAD_REGION || undefined,
      datacenters = ["*"],
      nodePool,
      driver = "raw_exec",
      prefix = "troupe",
    } = checkOptions<NomadLauncherOptions>("nomadLauncher()", options, rules);
    // NOMAD_ADDR has not been looked at.
    checkOptions<NomadLauncherOptions>("nomadLauncher()", { address }, rules);
    // As read from a file, with the end of its line.
    this.#access = { address, token: token?.trim(), parameters: { namespace, region } };
    this.#terms = { driver, datacenters, namespace, region, nodePool };
    this.#prefix = `${prefix}-`;
  }

  async launch(request: LaunchRequest, options: WaitOptions = {}): Promise<Launched> {
    const parsed = parseRequest(request);
    if (parsed.timeLimit !== undefined)
      throw new TroupeError(
        "ERR_CONFIG",
        "launch(): timeLimit is not to be had of Nomad. End it by stop(), or by the command itself.",
        { details: { option: "timeLimit" } },
      );
    const id = `${this.#prefix}${parsed.name}.${uniqueId()}`;
    const body = { Job: batchJob(id, parsed, this.#terms) };
    await this.#ask({ method: "PUT", path: "jobs", body }, options);
    return { id, name: parsed.name, state: "waiting" };
  }

  async stop(id: string, options: WaitOptions = {}): Promise<boolean> {
    checkId(id, /^[\w.-]+\.[\w-]+$/, `${this.#prefix}host.V1StGXR8Z5jd`);
    const left = timeLeft(options);
    const look = async (wait: WaitOptions) => (await this.#jobs(id, wait)).find((job) => job.id === id);
    const job = await look(left());
    if (!job || !isLive(job)) return false;
    await this.#ask({ method: "DELETE", path: `job/${encodeURIComponent(id)}` }, left());
    await untilEnded(id, look, left());
    return true;
  }

  async list(options: WaitOptions = {}): Promise<Launched[]> {
    const left = timeLeft(options);
    const jobs = await this.#jobs(this.#prefix, left());
    const reasons = jobs.map(async (job) => {
      const reason = job.state === "failed" && !job.reason ? await this.#failure(job.id, left()) : undefined;
      return reason === undefined ? job : { ...job, reason };
    });
    return Promise.all(reasons);
  }

  /** Those whose ids begin so, and are of this launcher's form. */
  async #jobs(prefix: string, options: WaitOptions): Promise<Launched[]> {
    const found = await this.#ask({ method: "GET", path: "jobs", parameters: { prefix } }, options);
    return (found as JobStub[])
      .filter(({ ID }) => ID.startsWith(this.#prefix) && /\.[\w-]+$/.test(ID))
      .sort((a, b) => (a.SubmitTime ?? 0) - (b.SubmitTime ?? 0))
      .map((job) => launchedOf(job, this.#prefix));
  }

  async #failure(id: string, options: WaitOptions): Promise<string | undefined> {
    const path = `job/${encodeURIComponent(id)}/allocations`;
    return failureOf((await this.#ask({ method: "GET", path }, options)) as AllocationStub[]);
  }

  #ask(request: NomadRequest, options: WaitOptions): Promise<unknown> {
    return askNomad(this.#access, request, options);
  }
}
