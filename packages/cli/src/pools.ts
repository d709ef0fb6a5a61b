import { availableParallelism } from "node:os";

import type { PoolOptions } from "@troupe/dist";

/** Pools of a cluster that knows nothing yet of the programs that will be run in it: these may be in TypeScript. */
export function poolsFor(count = availableParallelism()): PoolOptions[] {
  return Array.from({ length: count }, () => ({ execArgv: ["--import", typeScriptLoader()] }));
}

/** The module that lets Node import TypeScript. */
export function typeScriptLoader(): string {
  return import.meta.resolve("tsx");
}
