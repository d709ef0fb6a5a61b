import { setTimeout } from "node:timers/promises";

import { timeLeft, type WaitOptions, withDeadline } from "@troupe/core";

import type { Launched } from "./launcher.js";

/** Milliseconds between the first two looks; each pause after is twice as long, up to the last. */
const firstPause = 50;
const lastPause = 1_000;

/**
 * Looks at a place until what is to end has: schedulers tell by being asked only.
 *
 * @throws ERR_TIMEOUT, ERR_CANCELLED, and what `look` throws
 */
export async function untilEnded(
  id: string,
  look: (options: WaitOptions) => Promise<Launched | undefined>,
  options: WaitOptions,
): Promise<void> {
  const left = timeLeft(options);
  for (let pause = firstPause; ; pause = Math.min(2 * pause, lastPause)) {
    const launched = await look(left());
    if (!launched || !isLive(launched)) return;
    await withDeadline(`the end of ${id}`, setTimeout(pause), left());
  }
}

/** Whether there is still something of it, or to be. */
export function isLive({ state }: Launched): boolean {
  return state === "waiting" || state === "running";
}
