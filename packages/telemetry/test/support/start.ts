import { type Cluster, init, type InitOptions, type PoolOptions } from "@troupe/dist";

// What is said of pools that die is what these tests are about.
process.env["TROUPE_LOG"] ??= "silent";

/** A cluster whose pools have none of the test runner's options. */
export function startCluster({ pools = 2, ...options }: InitOptions = {}): Promise<Cluster> {
  const each: readonly PoolOptions[] = typeof pools === "number" ? Array<object>(pools).fill({}) : pools;
  return init({ log: false, ...options, pools: each.map((pool) => ({ execArgv: [], ...pool })) });
}

/** What a promise was rejected with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<Error & { readonly code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
}
