import { checkOptions, maxDelay, type OptionRules } from "@troupe/core";

import type { Scheduling } from "../schedule/task.js";

/** Which errors of a task are worth another run: a code, a class of errors, or whatever a function says is. */
export type RetryRule = string | ErrorClass | ((error: Error) => boolean);

/** A class of errors, whatever its parameters. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a constructor's parameters are contravariant
type ErrorClass = abstract new (...args: any[]) => Error;

/** Options of a task, and of `with()`. */
export interface TaskOptions {
  /** Cores that a run takes; fractions to 0.0001. A pool has one, or as many as it is bound to. Default 1. */
  readonly cpu?: number | undefined;
  /** GPUs: a share of one (below 1), or a whole number. A run finds them in `CUDA_VISIBLE_DEVICES`. Default 0. */
  readonly gpu?: number | undefined;
  /** Bytes, or a text such as `512MiB`. Counted, not enforced. Default 0. */
  readonly memory?: number | string | undefined;
  /** Custom resources by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /**
   * Times that it runs again when its process died under it, when it failed with an error of `retryOn`, or when its
   * result was lost. Default 0.
   */
  readonly retries?: number | undefined;
  /** Which errors that the function throws are worth another run. Default: none. */
  readonly retryOn?: RetryRule | readonly RetryRule[] | undefined;
  /** Milliseconds that one run may take. Default: no limit. */
  readonly timeout?: number | undefined;
  /** How many values the function returns, as an array: `submit` gives a ref to each. Default: one value, whatever it is. */
  readonly returns?: number | undefined;
  /** Where it runs. Default "fifo": where there is room. */
  readonly scheduling?: Scheduling | InBundle | undefined;
  /**
   * `"thread"`: in a thread of its pool, by itself: a run that does not end is ended with its thread, and one that
   * crashes takes nothing with it. For pure computation: there are no objects or actors there. Default: in the pool's
   * main thread.
   */
  readonly isolation?: "process" | "thread" | undefined;
}

/** From that bundle of a placement group, which may be given by its id as well. */
interface InBundle {
  readonly group: { readonly id: string };
  readonly bundle: number;
}

/** Refs that one task may give. */
const maxReturns = 100_000;

const rules: OptionRules<TaskOptions> = {
  cpu: { must: "a number of cores from 0", holds: isAmount },
  gpu: { must: "a share of a GPU, or a whole number of them, from 0", holds: isAmount },
  memory: {
    must: "bytes, or a text such as 512MiB",
    holds: (value) => isAmount(value) || (typeof value === "string" && value !== ""),
  },
  resources: {
    must: "an object of numbers from 0",
    holds: (value) => isRecord(value) && Object.values(value).every(isAmount),
  },
  retries: { must: "a whole number from 0", holds: (value) => isWhole(value) || value === Infinity },
  retryOn: {
    must: "a code, a class of errors, a function of an error, or several of these",
    holds: (value) => [value].flat().every((rule) => ["string", "function"].includes(typeof rule)),
  },
  timeout: {
    must: "milliseconds above 0",
    holds: (value) => typeof value === "number" && value > 0 && (value <= maxDelay || value === Infinity),
  },
  returns: {
    must: `a whole number from 1 to ${maxReturns}`,
    holds: (value) => isWhole(value) && value >= 1 && value <= maxReturns,
  },
  scheduling: {
    must: '"fifo", "locality", "spread", { host }, or { group, bundle } with a placement group or its id, and a whole number',
    holds: isScheduling,
  },
  isolation: {
    must: '"process" or "thread"',
    holds: (value) => value === "process" || value === "thread",
  },
};

export const taskOptionNames: readonly string[] = Object.keys(rules);

/** @throws ERR_CONFIG naming an option that is unknown or wrong. */
export function checkTaskOptions(name: string, options: unknown): TaskOptions {
  return checkOptions(`The task ${name}`, options, rules);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value < Infinity;
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isScheduling(value: unknown): boolean {
  if (value === "fifo" || value === "locality" || value === "spread") return true;
  if (!isRecord(value)) return false;
  if (typeof value["host"] === "string") return true;
  const { group, bundle } = value;
  const id = isRecord(group) ? group["id"] : group;
  return typeof id === "string" && isWhole(bundle);
}

/** As the scheduler has it. */
export function schedulingOf(given: TaskOptions["scheduling"] = "fifo"): Scheduling {
  if (typeof given === "string" || "host" in given) return given;
  const { group, bundle } = given;
  return { group: typeof group === "string" ? group : group.id, bundle };
}
