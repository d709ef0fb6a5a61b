import type { Logger } from "@troupe/core";

import { shared } from "./shared.js";

/**
 * Has pools of clusters that are started from now on import a module before anything reaches them: one whose values may
 * be in the message that makes a pool's first actor, which comes before the program's modules are.
 *
 * @param module Its URL. A pool where it cannot be imported does without.
 */
export function preloadInPools(module: string): void {
  shared.preloads.add(module);
}

/** Imports what the driver said. */
export async function preload(modules: readonly string[], log: Logger): Promise<void> {
  for (const module of modules) {
    try {
      await import(module);
    } catch (error) {
      log.debug({ err: error, module }, "a module that the program has is not here");
    }
  }
}
