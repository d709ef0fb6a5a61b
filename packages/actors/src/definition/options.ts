import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

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
  /** Milliseconds that a call may take. */
  readonly timeout?: number | undefined;
  /** The group of {@link Concurrency} in which it runs. */
  readonly concurrencyGroup?: string | undefined;
  /** The method that takes a whole batch of this one: called with the list of all argument lists. */
  readonly batch?: string | undefined;
  /** Whether its calls go before those that wait. */
  readonly system?: boolean | undefined;
}

/** How the actors of a class behave, wherever they live. */
export interface BehaviourOptions {
  readonly mailbox?: number | MailboxOptions | undefined;
  readonly concurrency?: Concurrency | undefined;
  /** Whether calls within one process copy arguments and results, as those between processes do. Default `false`. */
  readonly isolate?: boolean | undefined;
  readonly methods?: Readonly<Record<string, MethodOptions>> | undefined;
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
}

const rules: Readonly<Record<keyof ActorOptions, { readonly must: string; holds(value: unknown): boolean }>> =
  {
    name: { must: "a text that is not empty", holds: isText },
    namespace: { must: "a text that is not empty", holds: isText },
    pool: { must: "a text that is not empty", holds: isText },
    getIfExists: { must: "true or false", holds: isBoolean },
    detached: { must: "true or false", holds: isBoolean },
    isolate: { must: "true or false", holds: isBoolean },
    mailbox: {
      must: 'a whole number from 1, or { limit, full: "wait" | "reject" }',
      holds: (value) => isCount(value) || (isRecord(value) && Object.entries(value).every(isMailboxEntry)),
    },
    concurrency: {
      must: 'a whole number from 1, "unbounded", or an object of these by group',
      holds: (value) => isWidth(value) || (isRecord(value) && Object.values(value).every(isWidth)),
    },
    methods: {
      must: "an object of { retries, timeout, concurrencyGroup, batch, system } by method",
      holds: (value) => isRecord(value) && Object.values(value).every(isMethodOptions),
    },
  };

/** Names of all options of an actor. */
export const actorOptionNames: readonly string[] = Object.keys(rules);

const methodRules: Readonly<Record<keyof MethodOptions, (value: unknown) => boolean>> = {
  retries: (value) => value === 0 || value === Infinity || isCount(value),
  timeout: (value) => typeof value === "number" && value >= 0,
  concurrencyGroup: isText,
  batch: isText,
  system: isBoolean,
};

/**
 * Checks options of an actor.
 *
 * @param subject Whose they are, for the message: `Counter`.
 * @throws ERR_CONFIG naming the one that is unknown or wrong.
 */
export function checkActorOptions(subject: string, options: unknown): ActorOptions {
  if (!isRecord(options)) throw wrong(subject, `must be an object, not ${inspect(options)}`);
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name as keyof ActorOptions] : undefined;
    if (!rule) throw wrong(subject, `have no "${name}"; there are ${Object.keys(rules).join(", ")}`, name);
    if (value !== undefined && !rule.holds(value))
      throw wrong(subject, `: ${name} must be ${rule.must}, not ${inspect(value)}`, name);
  }
  return options;
}

function wrong(subject: string, problem: string, option?: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `The actor options of ${subject} ${problem}.`.replace(" :", ":"), {
    details: { subject, option },
  });
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
