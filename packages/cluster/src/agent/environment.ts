import type { PoolOptions } from "./pool-options.js";

/** The environment of a pool: that of this process, with the changes that its options say. */
export function environmentOf({ env, threads }: PoolOptions): Record<string, string> {
  const merged = { ...process.env, ...env };
  if (threads !== undefined) merged["UV_THREADPOOL_SIZE"] = String(threads);
  const set = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}
