import { TroupeError } from "@troupe/core";

import type { MethodLedger } from "./method-ledger.js";
import { maxMethods } from "./method-ledger.js";

/** What the calls of a method, of all actors of its class, came to. */
export interface MethodInfo {
  readonly class: string;
  readonly method: string;
  /** Calls, tells and batches (one each) that began. */
  readonly calls: number;
  /** Those that threw. */
  readonly errors: number;
  /** Milliseconds of all of them, waits included. Below 20 µs a call it is reckoned from each 61st. */
  readonly time: number;
  /** Milliseconds of one, on average. */
  readonly mean: number;
  /** Milliseconds of the longest; of methods below 20 µs, of those that were timed. */
  readonly max: number;
}

/** Which methods come first, and how many of them are given. */
export interface MethodsOptions {
  /** The most called, those that took most time in all, those that took longest on average, those that threw most. */
  readonly by?: "calls" | "time" | "mean" | "errors" | undefined;
  /** From 1 to 10,000; 20 by default. */
  readonly limit?: number | undefined;
}

type Order = NonNullable<MethodsOptions["by"]>;

const orders: Readonly<Record<Order, true>> = { calls: true, time: true, mean: true, errors: true };

/** @throws ERR_CONFIG */
export function checkMethodsOptions({ by = "time", limit = 20 }: MethodsOptions): Required<Checked> {
  if (!Object.hasOwn(orders, by)) {
    const names = Object.keys(orders).join(", ");
    throw new TroupeError("ERR_CONFIG", `Methods are listed by one of ${names}; "${by}" is none of them.`);
  }
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxMethods) return { by, limit };
  throw new TroupeError(
    "ERR_CONFIG",
    `limit must be a whole number from 1 to ${maxMethods}; it is ${limit}.`,
  );
}

interface Checked {
  readonly by: Order;
  readonly limit: number;
}

/** By method, as it travels: class, method, calls, errors, time, max. */
export type MethodRow = readonly [string, string, calls: number, errors: number, time: number, max: number];

export function methodRows(methods: MethodLedger): MethodRow[] {
  return Array.from(methods.called(), ({ className, method, calls, errors, time, max }) => [
    className,
    method,
    calls,
    errors,
    time,
    max,
  ]);
}

/** Adds up what several processes say of a method, and puts the first first. */
export function topMethods(rows: Iterable<MethodRow>, { by, limit }: Checked): MethodInfo[] {
  const sums = new Map<string, MethodInfo>();
  for (const [className, method, calls, errors, time, max] of rows) {
    const key = `${className}.${method}`;
    const sum = sums.get(key);
    const all = calls + (sum?.calls ?? 0);
    const allTime = time + (sum?.time ?? 0);
    sums.set(key, {
      class: className,
      method,
      calls: all,
      errors: errors + (sum?.errors ?? 0),
      time: allTime,
      mean: allTime / all,
      max: Math.max(max, sum?.max ?? 0),
    });
  }
  return [...sums.values()].sort((a, b) => b[by] - a[by]).slice(0, limit);
}
