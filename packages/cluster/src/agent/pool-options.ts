import { inspect } from "node:util";

import { checkOptions, maxDelay, type OptionRules, TroupeError } from "@troupe/core";

/** How a pool is run. */
export interface PoolOptions {
  /** A name for pools of a kind, by which actors ask for one of them. */
  readonly label?: string | undefined;
  /** A process of its own (the default), or a thread of the driver's process: lighter, and dies with it. */
  readonly isolation?: "process" | "thread" | undefined;
  /** Added to the driver's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Options of Node itself: for a process beside the driver's own, such as its loaders; for a thread in place of them. */
  readonly execArgv?: readonly string[] | undefined;
  /** Most MiB of its JavaScript heap. For processes only, as a thread that runs out of memory ends its process. */
  readonly maxMemory?: number | undefined;
  /**
   * Cores of the machine on which it may run, from 0; threads of native libraries are as many, unless `env` says
   * otherwise. Linux only.
   */
  readonly cores?: number | readonly number[] | undefined;
  /** GPUs that it sees, by their number from 0 (`CUDA_VISIBLE_DEVICES`). */
  readonly gpu?: number | readonly number[] | undefined;
  /** Threads for file system, DNS and cryptography (`UV_THREADPOOL_SIZE`). For processes only. */
  readonly threads?: number | undefined;
  /**
   * Most milliseconds before a pool that ends soon after each start is started again; they double from 100 up to this.
   * Default 10 000; with 0 it is started at once each time.
   */
  readonly backoff?: number | undefined;
}

/** What each option must be, and how to tell. */
const rules: OptionRules<PoolOptions> = {
  label: { must: "a text that is not empty", holds: (value) => typeof value === "string" && value !== "" },
  isolation: {
    must: '"process" or "thread"',
    holds: (value) => value === "process" || value === "thread",
  },
  env: {
    must: "an object of texts",
    holds: (value) => isRecord(value) && Object.values(value).every(isTextOrAbsent),
  },
  execArgv: {
    must: "an array of texts",
    holds: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  },
  cores: { must: "the number of a core, or several", holds: areNumbers },
  gpu: { must: "the number of a GPU, or several", holds: areNumbers },
  maxMemory: { must: "a whole number of MiB from 8", holds: (value) => isWhole(value) && value >= 8 },
  threads: { must: "a whole number from 1 to 1024", holds: (value) => isWhole(value) && inThreads(value) },
  backoff: {
    must: "whole milliseconds from 0",
    holds: (value) => isWhole(value) && value >= 0 && value <= maxDelay,
  },
};

/**
 * Checks a pool's options.
 *
 * @throws ERR_CONFIG naming what is wrong.
 */
export function checkPoolOptions(options: unknown): PoolOptions {
  const what = "The options of a pool";
  const checked = checkOptions(what, options, rules);
  for (const option of ["maxMemory", "threads"] as const) {
    if (checked.isolation !== "thread" || checked[option] === undefined) continue;
    throw new TroupeError("ERR_CONFIG", `${what}: ${option} is for isolation "process" only.`, {
      details: { option },
    });
  }
  return checked;
}

/**
 * Checks `pools`: how many, or the options of each.
 *
 * @throws ERR_CONFIG
 */
export function checkPools(pools: unknown): PoolOptions[] {
  if (Array.isArray(pools)) return pools.map(checkPoolOptions);
  if (isWhole(pools) && pools >= 0 && pools <= maxPools) return Array.from({ length: pools }, () => ({}));
  throw new TroupeError(
    "ERR_CONFIG",
    `pools must be a number from 0 to ${maxPools}, or the options of each pool, not ${inspect(pools)}.`,
    { details: { option: "pools" } },
  );
}

/** What every pool is started with: the driver's own options, without those that are for one process alone. */
export function inheritedExecArgv(execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index++) {
    const option = execArgv[index]!;
    if (!forOneProcess.test(option)) {
      kept.push(option);
      continue;
    }
    const next = execArgv[index + 1];
    if (next !== undefined && !option.includes("=") && !next.startsWith("-")) index++;
  }
  return kept;
}

/** The inspector's port, a program given as text, test runner and watch mode. */
const forOneProcess =
  /^(--inspect.*|--debug-port.*|--eval|-e|--print|-p|-pe|--check|-c|--interactive|-i|--input-type.*|--test.*|--watch.*)$/;

const maxPools = 1024;
/** Of a core or a GPU. */
const maxNumber = 8191;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

function areNumbers(value: unknown): boolean {
  const numbers: unknown[] = [value].flat();
  return (
    numbers.length > 0 && numbers.every((number) => isWhole(number) && number >= 0 && number <= maxNumber)
  );
}

/** The numbers that an option names. */
export function numbersOf(option: number | readonly number[] | undefined): readonly number[] | undefined {
  return typeof option === "number" ? [option] : option;
}

function inThreads(value: number): boolean {
  return value >= 1 && value <= 1024;
}
