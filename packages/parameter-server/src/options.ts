import { inspect } from "node:util";

import { checkKnown, TroupeError } from "@troupe/core";

import { type Aggregate, asynchronous, isAggregate } from "./learn/aggregate.js";
import { isOptimizer, type OptimizerOptions, sgd } from "./learn/optimizer.js";

/** How a parameter server is made. */
export interface ParameterServerOptions {
  /** By which others find it. Default: one that nobody else has. */
  readonly name?: string | undefined;
  /**
   * Who has the versions for those who pull. `"per-host"` (the default): an officer on the captain's host, and on each
   * other one from which the server is used, made when it first is. A number: so many, spread over the hosts.
   */
  readonly officers?: "per-host" | number | undefined;
  /** Hosts to which a host passes a version on. Default 4. */
  readonly fanout?: number | undefined;
  /** Versions of a tag that are kept, from 1. Default 6. */
  readonly history?: number | undefined;
  /** Processes over which the tensors of each version are spread, by name. Default 1. */
  readonly shards?: number | undefined;
  /** How gradients of several workers become versions. Default `asynchronous()`. */
  readonly aggregate?: Aggregate | undefined;
  /** How gradients change tensors. Default `sgd({ learningRate: 0.01 })`. */
  readonly optimizer?: OptimizerOptions | undefined;
}

/** All of them, as plain data. */
export interface Settings {
  readonly officers: "per-host" | number;
  readonly fanout: number;
  readonly history: number;
  readonly shards: number;
  readonly aggregate: Aggregate;
  readonly optimizer: OptimizerOptions;
}

const names = ["name", "officers", "fanout", "history", "shards", "aggregate", "optimizer"] as const;

/** @throws ERR_CONFIG */
export function settingsOf(options: ParameterServerOptions): Settings {
  checkKnown("ParameterServer.create()", options, names);
  const { name, officers = "per-host", fanout = 4, history = 6, shards = 1 } = options;
  const { aggregate = asynchronous(), optimizer = sgd() } = options;
  if (name !== undefined && (typeof name !== "string" || name === ""))
    throw wrong("name", `must be a text that is not empty; it is ${inspect(name)}`);
  if (officers !== "per-host") checkCount("officers", officers);
  for (const [option, count] of Object.entries({ fanout, history, shards })) checkCount(option, count);
  if (!isAggregate(aggregate))
    throw wrong(
      "aggregate",
      `must be asynchronous(), synchronous() or boundedStaleness(); it is ${inspect(aggregate)}`,
    );
  if (!isOptimizer(optimizer))
    throw wrong("optimizer", `must be sgd() or adam(); it is ${inspect(optimizer)}`);
  return { officers, fanout, history, shards, aggregate, optimizer };
}

/** @throws ERR_CONFIG for what is no name of a tag. */
export function checkTag(tag: unknown): void {
  if (typeof tag === "string" && tag !== "") return;
  throw new TroupeError("ERR_CONFIG", `A tag is a text that is not empty, not ${inspect(tag)}.`);
}

/** @throws ERR_CONFIG for what is no number of a version. */
export function checkVersion(option: string, value: unknown): void {
  if (value === undefined || Number.isSafeInteger(value)) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `${option} is the version of what was pulled, a whole number, not ${inspect(value)}.`,
    { details: { option } },
  );
}

function checkCount(option: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw wrong(option, `must be a whole number from 1; it is ${inspect(value)}`);
}

function wrong(option: string, problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `ParameterServer.create(): ${option} ${problem}.`, {
    details: { option },
  });
}
