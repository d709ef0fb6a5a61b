import { inspect } from "node:util";

import { checkKnown, TroupeError } from "@troupe/core";

/** How gradients of several workers become versions: made by {@link asynchronous} and its like. */
export type Aggregate =
  | { readonly kind: "asynchronous" }
  | { readonly kind: "synchronous"; readonly workers: number; readonly timeout: number }
  | { readonly kind: "boundedStaleness"; readonly staleness: number };

/** Each gradient makes a version as it comes, whatever version it was computed with. The default. */
export function asynchronous(): Aggregate {
  return { kind: "asynchronous" };
}

/**
 * Gradients of as many workers, all computed with the newest version, are averaged, and make one version. Each `apply`
 * waits for the others. A worker that dies, or gives up, before all have come takes its gradient back.
 *
 * @param options.timeout Milliseconds from the first gradient of a round: when not all have come by then, those that
 *   have are ERR_TIMEOUT, and the round begins anew. Default 60,000.
 * @throws ERR_CONFIG
 */
export function synchronous(options: {
  readonly workers: number;
  readonly timeout?: number | undefined;
}): Aggregate {
  checkKnown("synchronous()", options, ["workers", "timeout"]);
  const { workers, timeout = 60_000 } = options;
  checkAtLeast("synchronous()", "workers", workers, 1);
  if (!(typeof timeout === "number" && timeout > 0))
    throw wrong("synchronous()", "timeout", "milliseconds above 0", timeout);
  return { kind: "synchronous", workers, timeout };
}

/**
 * As {@link asynchronous}, but a gradient that was computed with a version more than `staleness` behind the newest is
 * refused: the bounded delay of Li et al. 2014, "Scaling distributed machine learning with the parameter server". With 0
 * only the newest will do.
 *
 * @throws ERR_CONFIG
 */
export function boundedStaleness(options: { readonly staleness: number }): Aggregate {
  checkKnown("boundedStaleness()", options, ["staleness"]);
  const { staleness } = options;
  checkAtLeast("boundedStaleness()", "staleness", staleness, 0);
  return { kind: "boundedStaleness", staleness };
}

export function isAggregate(value: unknown): value is Aggregate {
  const kinds: readonly unknown[] = [
    "asynchronous",
    "synchronous",
    "boundedStaleness",
  ] satisfies Aggregate["kind"][];
  return kinds.includes((value as Aggregate | undefined)?.kind);
}

/** Versions that a gradient may be behind. */
export function stalenessOf(aggregate: Aggregate): number {
  if (aggregate.kind === "asynchronous") return Infinity;
  return aggregate.kind === "synchronous" ? 0 : aggregate.staleness;
}

function checkAtLeast(what: string, option: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw wrong(what, option, `a whole number from ${least}`, value);
}

function wrong(what: string, option: string, must: string, value: unknown): TroupeError {
  return new TroupeError("ERR_CONFIG", `${what}: ${option} must be ${must}; it is ${inspect(value)}.`, {
    details: { option },
  });
}
