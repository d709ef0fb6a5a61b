import { describe } from "vitest";

import { redisBinary } from "./binary.js";

/** Whether {@link startRedis} can work here; tries to install the server first. */
export async function redisAvailable(): Promise<boolean> {
  return "path" in (await redisBinary());
}

/** `describe` for tests that need Redis: where it cannot be had they are skipped, with a warning that says why. */
export function describeWithRedis(name: string, fn: () => void): void {
  describe(name, async () => {
    const binary = await redisBinary();
    if ("path" in binary) return fn();
    console.warn(`SKIPPED for want of Redis: ${name} (${binary.reason}).`);
    describe.skip("without Redis", fn);
  });
}
