import { inspect } from "node:util";

import { timeLeft, uniqueId, type WaitOptions } from "@troupe/core";

import { check, checkText, configError } from "../../need.js";
import { checkFields, checkId, prefixProblem } from "../checks.js";
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

const what = "nomadLauncher()";

class NomadJobs implements Launcher {
  readonly #access: NomadAccess;
  readonly #terms: JobTerms;
  readonly #prefix: string;

  constructor(options: NomadLauncherOptions) {
    const texts = ["address", "token", "namespace", "region", "nodePool"] as const;
    const others = ["datacenters", "driver", "prefix"] as const;
    checkFields(what, options, [...texts, ...others] satisfies (keyof NomadLauncherOptions)[]);
    for (const field of texts) if (options[field] !== undefined) checkText(what, field, options[field]);
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
    } = options;
    if (!/^https?:/.test(address) || !URL.canParse(address))
      throw configError(what, "address", `must be an http or https URL; it is ${inspect(address)}`);
    const isDriver = ["raw_exec", "exec"].includes(driver);
    check(what, "driver", isDriver ? undefined : `must be "raw_exec" or "exec"; it is ${inspect(driver)}`);
    const isList = Array.isArray(datacenters) && datacenters.length > 0;
    check(what, "datacenters", isList ? undefined : `must be a list of names; it is ${inspect(datacenters)}`);
    datacenters.forEach((name, index) => checkText(what, `datacenters[${index}]`, name));
    check(what, "prefix", prefixProblem(prefix));
    this.#access = { address, token, parameters: { namespace, region } };
    this.#terms = { driver, datacenters, namespace, region, nodePool };
    this.#prefix = `${prefix}-`;
  }

  async launch(request: LaunchRequest, options: WaitOptions = {}): Promise<Launched> {
    const parsed = parseRequest(request);
    if (parsed.timeLimit !== undefined)
      throw configError(
        "launch()",
        "timeLimit",
        "is not to be had of Nomad: end it by stop(), or by the command itself",
      );
    const id = `${this.#prefix}${parsed.name}.${uniqueId()}`;
    const body = { Job: batchJob(id, parsed, this.#terms) };
    await this.#ask({ method: "PUT", path: "jobs", body }, options);
    return { id, name: parsed.name, state: "waiting" };
  }

  async stop(id: string, options: WaitOptions = {}): Promise<boolean> {
    checkId(id, /^[\w.-]+\.[\w-]+$/);
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
