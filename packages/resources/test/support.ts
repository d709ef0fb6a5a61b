import { TroupeError } from "@troupe/core";
import { expect } from "vitest";

import type { HostOptions, PoolPlace } from "../src/index.js";

export const GiB = 1024 ** 3;

/** A host with 4 cores and 8 GiB, but for what is said. */
export function host(id: string, options: Partial<HostOptions> = {}): HostOptions {
  return { id, cpu: 4, memory: "8GiB", ...options };
}

/** Pools with these loads, the first of which is `prefix-0`. */
export function pools(prefix: string, loads: readonly number[]): PoolPlace[] {
  return loads.map((load, index) => ({ id: `${prefix}-${index}`, index, load }));
}

/** What a call throws, or a promise rejects with. */
export async function errorOf(what: Promise<unknown> | (() => unknown)): Promise<TroupeError> {
  try {
    await (typeof what === "function" ? what() : what);
  } catch (error) {
    expect(error).toBeInstanceOf(TroupeError);
    return error as TroupeError;
  }
  throw new Error("It was to fail, and did not.");
}

/** Whether a promise is settled once everything that is due has run. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise.catch(() => undefined), turn])) === pending;
}
