import { setTimeout } from "node:timers/promises";

import { isTroupeError } from "@troupe/core";

import type { MaybePromise } from "../maybe-promise.js";
import type { ObjectPort } from "../port.js";
import { collectGarbage, collectGarbageNow } from "./collect-garbage.js";

/** System request: give back the memory of objects that only garbage has views of. */
export const collectOp = "object-collect";

/** How often room is made for one who asks. */
const rounds = 3;
/** Milliseconds from one round to the next, at least: each stops all processes for a moment. */
const interval = 250;
/** Milliseconds that a process has for it: one may stand still, or be busy. */
const patience = 1_000;

/**
 * Makes room in a store that is full: views of objects keep them in memory until they are collected, and a process that
 * allocates little else collects seldom.
 */
export class Reclaimer {
  /** Those who may have views, beside this process. */
  readonly #readers = new Map<ObjectPort, Set<string>>();
  #round: Promise<void> | undefined;
  #last = -Infinity;

  /** A process of a cluster reads objects in place from now on. */
  addReader(port: ObjectPort, process: string): void {
    let readers = this.#readers.get(port);
    if (!readers) this.#readers.set(port, (readers = new Set()));
    readers.add(process);
  }

  removeReader(port: ObjectPort, process: string): void {
    const readers = this.#readers.get(port);
    if (readers?.delete(process) && readers.size === 0) this.#readers.delete(port);
  }

  /** Tries, and again once there may be more room. @throws What the last attempt threw. */
  withRoom<T>(attempt: () => MaybePromise<T>): MaybePromise<T> {
    try {
      const result = attempt();
      return result instanceof Promise
        ? result.catch((error: unknown) => this.#again(attempt, error))
        : result;
    } catch (error) {
      if (!isTroupeError(error, "ERR_STORE_FULL")) throw error;
      return this.#again(attempt, error);
    }
  }

  /**
   * As {@link withRoom} where nobody can wait: the garbage of this process is collected at once, and that of the others
   * for whoever tries once more.
   */
  withRoomNow<T>(attempt: () => T): T {
    try {
      return attempt();
    } catch (error) {
      if (!isTroupeError(error, "ERR_STORE_FULL")) throw error;
    }
    collectGarbageNow();
    try {
      return attempt();
    } catch (error) {
      if (isTroupeError(error, "ERR_STORE_FULL")) this.#nextRound().catch(() => {});
      throw error;
    }
  }

  async #again<T>(attempt: () => MaybePromise<T>, first: unknown): Promise<T> {
    let problem = first;
    for (let round = 0; round < rounds; round++) {
      if (!isTroupeError(problem, "ERR_STORE_FULL")) break;
      await this.#nextRound();
      try {
        return await attempt();
      } catch (error) {
        problem = error;
      }
    }
    throw problem;
  }

  #nextRound(): Promise<void> {
    return (this.#round ??= this.#makeRoom().finally(() => (this.#round = undefined)));
  }

  async #makeRoom(): Promise<void> {
    const pause = this.#last + interval - performance.now();
    if (pause > 0) await setTimeout(pause);
    const others = [...this.#readers].flatMap(([port, readers]) =>
      [...readers].map((process) => port.request(process, collectOp, null)),
    );
    const late = new AbortController();
    await Promise.race([
      Promise.allSettled([collectGarbage(), ...others]),
      setTimeout(patience, undefined, { signal: late.signal }).catch(() => {}),
    ]);
    late.abort();
    this.#last = performance.now();
  }
}
