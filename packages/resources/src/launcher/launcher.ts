import type { WaitOptions } from "@troupe/core";

import type { RequestedAmounts } from "../request.js";

/** One program that is to run somewhere. What is absent is left to the place. */
export interface LaunchRequest extends Pick<RequestedAmounts, "cpu" | "memory"> {
  /** Its path there, or a name that is looked for in the `PATH` there. No line for a shell. */
  readonly command: string;
  /** Others on its machine can read them: nothing secret belongs here. */
  readonly args?: readonly string[] | undefined;
  /** Variables, beside those that the place gives by itself. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The working directory: an absolute path there. */
  readonly cwd?: string | undefined;
  /** Whole devices. */
  readonly gpu?: number | undefined;
  /** For people: a letter or digit, then at most 47 of them, `.`, `_` and `-`. Default: what the command's path ends with. */
  readonly name?: string | undefined;
  /** Milliseconds after which it is ended, if it still runs. */
  readonly timeLimit?: number | undefined;
}

/**
 * `waiting` for its turn; `running`, also while it is about to end; `ended` by itself, and well; `failed` by its
 * exit code, by a signal or by the place; `stopped` by `stop()`.
 */
export type LaunchState = "waiting" | "running" | "ended" | "failed" | "stopped";

/** What was launched, as of now. Plain data. */
export interface Launched {
  /** What `stop()` takes: unique to the place. */
  readonly id: string;
  readonly name: string;
  readonly state: LaunchState;
  /** Why it waits or failed, where the place says so. */
  readonly reason?: string | undefined;
}

/**
 * Asks a place to run programs: this machine, or a scheduler of many. Each launch is one process on one machine; what
 * it starts itself is part of it, and ends with it. What ended or failed is not started again.
 *
 * After ERR_TIMEOUT or ERR_CANCELLED it is not known whether the place did what it was asked: `list()` tells.
 */
export interface Launcher {
  /**
   * Resolves when the place has taken the request, which may have to wait for its turn there.
   *
   * @throws ERR_CONFIG for a request that is none, that the place refuses, or a place that is not there;
   *   ERR_NO_RESOURCES when it never had what is asked for, and knows; ERR_UNAUTHORIZED; ERR_TIMEOUT when it does not
   *   answer; ERR_CANCELLED
   */
  launch(request: LaunchRequest, options?: WaitOptions): Promise<Launched>;
  /**
   * Ends the whole of it: asks by SIGTERM, and kills what does not listen. Resolves when it has ended.
   *
   * @returns Whether there was something to end: `false` when it has ended already, or nobody knows it, any more or at all.
   * @throws ERR_CONFIG for what is no id as such a launcher gives them, or a timeout that is none; ERR_UNAUTHORIZED, ERR_TIMEOUT, ERR_CANCELLED
   */
  stop(id: string, options?: WaitOptions): Promise<boolean>;
  /**
   * What waits and runs, and what ended, as long as the place remembers it; oldest first.
   *
   * @throws ERR_CONFIG, ERR_UNAUTHORIZED, ERR_TIMEOUT, ERR_CANCELLED
   */
  list(options?: WaitOptions): Promise<Launched[]>;
}
