import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";

import { deferred, maxDelay, TroupeError } from "@troupe/core";

import { reasonOfCode } from "../exit-reason.js";
import type { Launched, LaunchState } from "../launcher.js";
import type { ParsedRequest } from "../parse-request.js";

/** How a process is started and ended. */
export interface ProcessTerms {
  /** The file that gets its output; absent: where that of this program goes. */
  readonly log: string | undefined;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly grace: number;
}

/** A program that runs, or ran, on this machine, with whatever it started in its process group. */
export class LaunchedProcess {
  readonly pid: number;
  /** Resolves when all of it has ended, or was killed. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #grace: number;
  readonly #limit: NodeJS.Timeout | undefined;
  #killing: NodeJS.Timeout | undefined;
  #state: LaunchState = "running";
  #reason: string | undefined;
  /** What it will be once it has ended, if not what it says itself. */
  #fate: { readonly state: LaunchState; readonly reason?: string } | undefined;

  private constructor(
    readonly id: string,
    readonly name: string,
    child: ChildProcess,
    { timeLimit }: ParsedRequest,
    { grace }: ProcessTerms,
  ) {
    this.#child = child;
    this.pid = child.pid!;
    this.#grace = grace;
    const { promise, resolve } = deferred<void>();
    this.ended = promise;
    child.once("exit", (code, signal) => {
      this.#onExit(code, signal);
      resolve();
    });
    // It runs beside the program, and does not keep it alive.
    child.unref();
    if (timeLimit !== undefined && timeLimit <= maxDelay)
      this.#limit = setTimeout(
        () => this.end({ state: "failed", reason: `its time limit of ${timeLimit} ms was over` }),
        timeLimit,
      ).unref();
  }

  /** @throws ERR_CONFIG when it cannot be started */
  static async start(id: string, request: ParsedRequest, terms: ProcessTerms): Promise<LaunchedProcess> {
    const { command, args, env, cwd, name } = request;
    const output = terms.log === undefined ? undefined : openLog(terms.log);
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ["ignore", output ?? "inherit", output ?? "inherit"],
    });
    try {
      await once(child, "spawn");
    } catch (error) {
      throw cannotStart(request, error as NodeJS.ErrnoException);
    } finally {
      if (output !== undefined) closeSync(output);
    }
    return new LaunchedProcess(id, name, child, request, terms);
  }

  get now(): Launched {
    const { id, name } = this;
    return { id, name, state: this.#state, ...(this.#reason === undefined ? {} : { reason: this.#reason }) };
  }

  get isRunning(): boolean {
    return this.#state === "running";
  }

  /** Asks it to end, and kills it when the grace is over. `ended` tells when. */
  end(fate: { readonly state: LaunchState; readonly reason?: string }): void {
    if (!this.isRunning || this.#fate) return;
    this.#fate = fate;
    this.#signal("SIGTERM");
    // Somebody waits for it.
    this.#child.ref();
    this.#killing = setTimeout(() => this.#signal("SIGKILL"), this.#grace);
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#limit);
    clearTimeout(this.#killing);
    // What it leaves behind ends with it.
    this.#signal("SIGKILL");
    const reason = reasonOfCode(code, signal);
    const { state, reason: fated } = this.#fate ?? {
      state: reason === undefined ? "ended" : "failed",
      reason,
    };
    this.#state = state;
    this.#reason = fated;
  }

  /** To all of its group. */
  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // Nothing of it is left.
    }
  }
}

function openLog(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    // What programs say is for who started them.
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new TroupeError("ERR_CONFIG", `The log ${path} cannot be written: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function cannotStart({ command, cwd }: ParsedRequest, error: NodeJS.ErrnoException): TroupeError {
  const why =
    error.code !== "ENOENT"
      ? error.message
      : cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()
        ? `there is no directory ${cwd}`
        : "there is no such program; give its path, or a PATH in env that leads to it";
  return new TroupeError("ERR_CONFIG", `${command} cannot be started: ${why}.`, { cause: error });
}
