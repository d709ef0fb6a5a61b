import { setImmediate as turnOfTheLoop, setTimeout as pause } from "node:timers/promises";
import { availableParallelism } from "node:os";

import {
  cancelledError,
  endedError,
  type Ending,
  endingHere,
  timeoutError,
  type TroupeError,
  type WaitOptions,
} from "@troupe/core";

import type { Members } from "./members.js";

/** Looks before anything else, where each member has a core of its own. */
const looks = 2000;
/** Milliseconds for which a waiting member is awake, or asleep but for the bell. */
const attentive = 5;
/** Milliseconds of such a sleep, during which the event loop stands. */
const longestSleep = 1;
/** Milliseconds between two looks after that. */
const longestPause = 10;
/** Milliseconds between two looks for the dead. */
const censusInterval = 50;

/** Says for whom one waits: a rank, or -1 when there is nobody left to wait for. */
export type Missing = () => number;

/**
 * How a member waits for others: looks for some microseconds, sleeps for some milliseconds in short pieces with turns
 * of the event loop between them, and then looks at intervals, which grow with the time that it has waited.
 */
export class Waiting {
  readonly #members: Members;
  readonly #looks: number;
  #isAlone: boolean | undefined;

  constructor(members: Members) {
    this.#members = members;
    this.#looks = members.size <= availableParallelism() ? looks : 20;
  }

  /** Whether there is nobody to wait for, or is not in a moment. */
  glance(missing: Missing): boolean {
    for (let i = 0; i < this.#looks; i++) if (missing() < 0) return true;
    return missing() < 0;
  }

  /**
   * Settles when nobody is missing any more. A wait of some milliseconds ends with the method or task that waits.
   *
   * @param over Why nobody needs to be waited for.
   * @throws ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED when this member leaves, and what `over` gives.
   */
  async until(
    what: string,
    missing: Missing,
    over: () => TroupeError | undefined,
    options: WaitOptions,
  ): Promise<void> {
    const { signal, timeout = Infinity } = options;
    const members = this.#members;
    const start = performance.now();
    let nextCensus = start + censusInterval;
    let ending: Ending | undefined;
    for (let member = missing(); member >= 0; member = missing()) {
      members.checkOpen();
      const problem = over();
      // Whoever left may have done its part before.
      if (problem !== undefined && missing() >= 0) throw problem;
      if (signal?.aborted) throw cancelledError(what, signal);
      const now = performance.now();
      const waited = now - start;
      if (waited >= timeout) throw timeoutError(what, timeout, { group: members.group, member });
      if (now >= nextCensus) {
        members.census();
        nextCensus = now + censusInterval;
      } else if (waited < attentive) {
        if (this.#sleep(missing)) return;
        await turnOfTheLoop();
      } else {
        const end = (ending ??= endingHere())();
        if (end) throw endedError(what, end);
        await pause(Math.min(Math.max(1, waited / 8), longestPause, timeout - waited));
      }
    }
  }

  /** Blocks the thread for a moment, unless others that are awaited need it. Whether nobody is missing any more. */
  #sleep(missing: Missing): boolean {
    if (!(this.#isAlone ??= this.#members.isAlone)) return false;
    const end = performance.now() + longestSleep;
    for (;;) {
      const member = missing();
      if (member < 0) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      this.#members.sleep(member, left, () => missing() !== member);
    }
  }
}
