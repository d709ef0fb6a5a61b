import { inspect } from "node:util";

import { armDeadline, endedError, endingHere, TroupeError, type WaitOptions } from "@troupe/core";

const word = new Int32Array(new SharedArrayBuffer(4));

/** Milliseconds between two tries of one who waits: short at first, longer the longer it takes. */
const shortest = 0.2;
const longest = 10;

/** Blocks this thread until `attempt` gives something, `wait` milliseconds at most. */
export function blockUntil<T>(wait: number, attempt: () => T | undefined): T | undefined {
  let found = attempt();
  if (found !== undefined || wait <= 0) return found;
  const end = performance.now() + wait;
  for (let pause = shortest; found === undefined; pause = Math.min(longest, 2 * pause)) {
    const left = end - performance.now();
    if (left <= 0) return undefined;
    Atomics.wait(word, 0, 0, Math.min(pause, left));
    found = attempt();
  }
  return found;
}

/**
 * Settles once `attempt` gives something. Other processes are what is waited for, and nobody rings: it is tried again
 * and again, at intervals of up to 10 ms. It ends with the method or task that waits.
 *
 * @throws ERR_TIMEOUT, ERR_CANCELLED, and whatever `attempt` throws.
 */
export async function until<T>(what: string, attempt: () => T | undefined, options: WaitOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    let pause = 1;
    let timer: NodeJS.Timeout | undefined;
    let ended = false;
    const disarm = armDeadline(what, options, (error) => {
      ended = true;
      clearTimeout(timer);
      reject(error);
    });
    const ending = endingHere();
    const look = () => {
      if (ended) return;
      try {
        const found = attempt();
        if (found === undefined) {
          const end = ending();
          if (end) throw endedError(what, end);
          timer = setTimeout(look, pause);
          pause = Math.min(longest, 2 * pause);
          return;
        }
        resolve(found);
      } catch (error) {
        reject(error);
      }
      disarm();
    };
    look();
  });
}

/** @throws ERR_CONFIG for a time to wait that is none. */
export function checkWait(wait: unknown): void {
  if (wait === undefined || (typeof wait === "number" && wait >= 0)) return;
  throw new TroupeError("ERR_CONFIG", `wait is a number of milliseconds from 0 on, not ${inspect(wait)}.`);
}
