import { isThenable } from "@troupe/core";

/** A handler with what it is to get. */
export interface Delivery {
  readonly handler: (local: unknown, proxy: unknown, payload: unknown) => unknown;
  readonly payload: unknown;
}

/** Told what a handler threw and what it had got. */
export type FailureReport = (error: unknown, payload: unknown) => void;

const nothingToWaitFor = Promise.resolve();

/**
 * Runs handlers one after another, each after the one before it has settled. All of them run.
 *
 * While handlers return no promise all happens before this returns, and no promise is made.
 *
 * @param errors Those that came up before; the handlers' own are added, unless they are reported.
 * @param report Gets what handlers throw, in place of the promise.
 * @returns Rejects with the one error, or with an AggregateError of several, in order.
 */
export function runAll(
  deliveries: readonly Delivery[],
  local: unknown,
  proxy: unknown,
  errors: unknown[] = [],
  report: FailureReport = (error) => errors.push(error),
): Promise<void> {
  for (let i = 0; i < deliveries.length; i++) {
    try {
      const result = call(deliveries[i]!, local, proxy);
      if (isThenable(result)) return finish(result, deliveries, i, local, proxy, errors, report);
    } catch (error) {
      report(error, deliveries[i]!.payload);
    }
  }
  return errors.length === 0 ? nothingToWaitFor : Promise.reject(joined(errors));
}

async function finish(
  first: PromiseLike<unknown>,
  deliveries: readonly Delivery[],
  index: number,
  local: unknown,
  proxy: unknown,
  errors: unknown[],
  report: FailureReport,
): Promise<void> {
  let running: unknown = first;
  for (let i = index; ; running = undefined) {
    try {
      await (running ?? call(deliveries[i]!, local, proxy));
    } catch (error) {
      report(error, deliveries[i]!.payload);
    }
    if (++i >= deliveries.length) break;
  }
  if (errors.length > 0) throw joined(errors);
}

function call({ handler, payload }: Delivery, local: unknown, proxy: unknown): unknown {
  return handler(local, proxy, payload);
}

function joined(errors: readonly unknown[]): Error {
  // A handler may have thrown anything: it is passed on as it is.
  if (errors.length === 1) return errors[0] as Error;
  return new AggregateError(errors, `${errors.length} handlers failed.`);
}
