import type { Placement, RestartLimits, Supervision } from "@troupe/cluster";
import { checkOptions, maxDelay, type OptionRules, type WaitOptions } from "@troupe/core";

/** How many waiting messages a mailbox holds, and what happens to one more. */
export interface MailboxOptions {
  /** Messages that wait. Default 10 000. */
  readonly limit?: number | undefined;
  /**
   * `"wait"` (the default): a further message waits before the mailbox, and whoever sent it is slowed. `"reject"`:
   * its sender gets ERR_MAILBOX_FULL.
   */
  readonly full?: "wait" | "reject" | undefined;
}

/**
 * How many calls run side by side: 1 (the default) handles one message at a time, `"unbounded"` suits an actor
 * without state. An object names groups of methods with a width each, `default` being the rest.
 */
export type Concurrency = number | "unbounded" | Readonly<Record<string, number | "unbounded">>;

/** What is particular to one method. */
export interface MethodOptions {
  /** Times that a call is made again when its pool died or its mailbox was full. Default 0. */
  readonly retries?: number | undefined;
  /** Whether each call has a key of its own, by which its retries have their effect once. Default `false`. */
  readonly key?: boolean | undefined;
  /** Milliseconds that a call may take. */
  readonly timeout?: number | undefined;
  /** The group of {@link Concurrency} in which it runs. */
  readonly concurrencyGroup?: string | undefined;
  /** The method that takes a whole batch of this one: called with the list of all argument lists. */
  readonly batch?: string | undefined;
  /** Whether its calls go before those that wait. */
  readonly system?: boolean | undefined;
  /**
   * Milliseconds after which a call of it is slow, and told of in the log; 0 for never, as suits a method that waits for
   * others. Default: that of the process.
   */
  readonly slowCall?: number | undefined;
}

/**
 * How the state of an actor is kept in the cluster's storage, so that it goes on where it was when it is made again.
 *
 * With `true` all of it is as the fields below have it by default.
 */
export interface PersistOptions {
  /** Gives what is to be kept: a method by name, or a function. Default: the instance's own fields, but for functions. */
  readonly save?: string | ((instance: never) => unknown) | undefined;
  /** Takes what was kept, before `onStart`: a method by name, or a function. Default: assigns the fields. */
  readonly load?: string | ((instance: never, state: never) => unknown) | undefined;
  /**
   * Milliseconds between saves; what was done since the last is lost with the actor. Default: a call is answered once
   * what it did is saved, and no answered call is lost; what a stream's method does is saved with the next call.
   */
  readonly every?: number | undefined;
}

/** How often a lost actor is made again; a number is `max`. */
export interface RestartOptions {
  /** Restarts within the window; `Infinity` for any number. */
  readonly max: number;
  /** Milliseconds after which a restart is forgotten. Default: one minute. */
  readonly window?: number | undefined;
  /** Milliseconds before the second restart in a row, doubling with each up to 30 s; the first comes at once. Default 100. */
  readonly backoff?: number | undefined;
}

/** How the actors of a class behave, wherever they live. */
export interface BehaviourOptions {
  readonly mailbox?: number | MailboxOptions | undefined;
  readonly concurrency?: Concurrency | undefined;
  /**
   * What becomes of a call that is part of one that runs here, as it was made, by however many actors, within that:
   *
   * - `false` (the default): it waits for its turn as any other. Where that cannot come, it is ERR_DEADLOCK.
   * - `"chain"`: it goes in at once, beside the one that it is part of.
   * - `true`: the same, and calls of others too may begin while one waits for something, as with
   *   `concurrency: "unbounded"`. Where `concurrency` says something else, that holds for those others.
   */
  readonly reentrant?: boolean | "chain" | undefined;
  /** Whether calls within one process copy arguments and results, as those between processes do. Default `false`. */
  readonly isolate?: boolean | undefined;
  readonly methods?: Readonly<Record<string, MethodOptions>> | undefined;
  readonly persist?: boolean | PersistOptions | undefined;
  /** Milliseconds without a message after which the actor stops, to be made again by the next message. */
  readonly passivateAfter?: number | undefined;
}

/** Options of an actor: how it behaves, where it is placed and what it is called. */
export interface ActorOptions extends BehaviourOptions {
  /** An alias, unique among the living actors of the namespace. */
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  /** A pool by name or label; `driver-0` is the driver itself. Default: the pool with the fewest actors. */
  readonly pool?: string | undefined;
  /** Gives the living actor of that name, if there is one, in place of ERR_NAME_TAKEN. */
  readonly getIfExists?: boolean | undefined;
  /** Whether it outlives the actor that makes it. */
  readonly detached?: boolean | undefined;
  /** Cores that are taken for it while it lives; fractions to 0.0001. It waits until they are free. Default 0. */
  readonly cpu?: number | undefined;
  /** GPUs: a share of one (below 1), or a whole number. It finds them in `CUDA_VISIBLE_DEVICES`. Default 0. */
  readonly gpu?: number | undefined;
  /** Bytes, or a text such as `512MiB`. Counted, not enforced. Default 0. */
  readonly memory?: number | string | undefined;
  /** Custom resources by name. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
  /**
   * Where it is made: a policy of `@troupe/resources`, the name of one that needs nothing else (`"spread"`), or a bundle
   * of a placement group. Default: the pool with the fewest actors.
   */
  readonly placement?: Placement | string | undefined;
  /**
   * Begins without what is kept under its name, which is removed: the state of `persist`, remembered replies, reminders.
   * What is made again later goes on from what this one has saved. Default `false`.
   */
  readonly fresh?: boolean | undefined;
  /** How often it is made again when it was lost with its process. Default 0. */
  readonly restarts?: number | RestartOptions | undefined;
  /** Whether it is made by its first message, and not before; and made again by a message after it was lost. */
  readonly lazy?: boolean | undefined;
  /** What becomes of it when one of its children is lost. Default: "one-for-one", nothing. */
  readonly supervision?: Supervision | undefined;
}

/** Options of making one actor: its own, and how long to wait until it lives. */
export interface CreateOptions extends ActorOptions, WaitOptions {}

const supervisions: readonly unknown[] = ["one-for-one", "all-for-one", "escalate"] satisfies Supervision[];

const rules: OptionRules<ActorOptions> = {
  name: { must: "a text that is not empty", holds: isText },
  namespace: { must: "a text that is not empty", holds: isText },
  pool: { must: "a text that is not empty", holds: isText },
  getIfExists: { must: "true or false", holds: isBoolean },
  detached: { must: "true or false", holds: isBoolean },
  fresh: { must: "true or false", holds: isBoolean },
  restarts: {
    must: "a whole number from 0, Infinity, or { max, window, backoff } with milliseconds",
    holds: (value) => isLimit(value) || isRestartOptions(value),
  },
  cpu: { must: "a number of cores from 0", holds: isAmount },
  gpu: { must: "a share of a GPU, or a whole number of them, from 0", holds: isAmount },
  memory: { must: "bytes, or a text such as 512MiB", holds: (value) => isAmount(value) || isText(value) },
  resources: {
    must: "an object of numbers from 0",
    holds: (value) => isRecord(value) && Object.values(value).every(isAmount),
  },
  placement: {
    must: "a placement policy, the name of one, or a bundle of a placement group",
    holds: (value) => isText(value) || isRecord(value),
  },
  lazy: { must: "true or false", holds: isBoolean },
  supervision: {
    must: '"one-for-one", "all-for-one" or "escalate"',
    holds: (value) => supervisions.includes(value),
  },
  persist: {
    must: "true, false, or { save, load, every } with names of methods or functions, and milliseconds",
    holds: (value) => isBoolean(value) || isPersistOptions(value),
  },
  passivateAfter: { must: "milliseconds, more than 0", holds: (value) => isDuration(value) && value !== 0 },
  isolate: { must: "true or false", holds: isBoolean },
  mailbox: {
    must: 'a whole number from 1, or { limit, full: "wait" | "reject" }',
    holds: (value) => isCount(value) || (isRecord(value) && Object.entries(value).every(isMailboxEntry)),
  },
  concurrency: {
    must: 'a whole number from 1, "unbounded", or an object of these by group',
    holds: (value) => isWidth(value) || (isRecord(value) && Object.values(value).every(isWidth)),
  },
  reentrant: { must: 'true, false or "chain"', holds: (value) => isBoolean(value) || value === "chain" },
  methods: {
    must: "an object of { retries, key, timeout, concurrencyGroup, batch, system, slowCall } by method",
    holds: (value) => isRecord(value) && Object.values(value).every(isMethodOptions),
  },
};

/** Names of all options of an actor. */
export const actorOptionNames: readonly string[] = Object.keys(rules);

const methodRules: Readonly<Record<keyof MethodOptions, (value: unknown) => boolean>> = {
  retries: isLimit,
  key: isBoolean,
  timeout: (value) => typeof value === "number" && value >= 0,
  concurrencyGroup: isText,
  batch: isText,
  system: isBoolean,
  slowCall: isDuration,
};

/**
 * Checks options of an actor.
 *
 * @param subject Whose they are, for the message: `Counter`.
 * @throws ERR_CONFIG naming the one that is unknown or wrong.
 */
export function checkActorOptions(subject: string, options: unknown): ActorOptions {
  return checkOptions(`The actor options of ${subject}`, options, rules);
}

/** The limits that an option for restarts stands for; `undefined` for none. */
export function restartLimits(restarts: ActorOptions["restarts"]): RestartLimits | undefined {
  const {
    max,
    window = 60_000,
    backoff = 100,
  } = typeof restarts === "object" ? restarts : { max: restarts ?? 0 };
  return max === 0 ? undefined : { max, window, backoff };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function isLimit(value: unknown): boolean {
  return value === 0 || value === Infinity || isCount(value);
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

/** What a timer can wait for. */
function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value <= maxDelay;
}

function isRestartOptions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { max, window, backoff, ...others } = value;
  if (Object.keys(others).length > 0 || !isLimit(max)) return false;
  const isWindow = window === undefined || window === Infinity || (typeof window === "number" && window > 0);
  return isWindow && (backoff === undefined || isDuration(backoff));
}

function isPersistOptions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { save, load, every, ...others } = value;
  const isHook = (hook: unknown) => hook === undefined || isText(hook) || typeof hook === "function";
  const isEvery = every === undefined || (isDuration(every) && every !== 0);
  return Object.keys(others).length === 0 && isHook(save) && isHook(load) && isEvery;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}

function isWidth(value: unknown): boolean {
  return value === "unbounded" || isCount(value);
}

function isMailboxEntry([key, value]: [string, unknown]): boolean {
  if (value === undefined) return key === "limit" || key === "full";
  return key === "limit" ? isCount(value) : key === "full" && (value === "wait" || value === "reject");
}

function isMethodOptions(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.entries(value).every(
      ([key, option]) =>
        Object.hasOwn(methodRules, key) &&
        (option === undefined || methodRules[key as keyof MethodOptions](option)),
    )
  );
}
