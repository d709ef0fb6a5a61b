import { isProcessAlive, TroupeError } from "@troupe/core";

import { descendsFrom, startTimeOf } from "../harness/process-table.js";
import { track, untrack } from "../harness/reaper.js";
import type { ProcessVictim } from "./victim.js";

/**
 * The processes that may be signalled: those that descended from this one when they were first seen. Each is known
 * by its start time too, so that no signal reaches another that was given its pid.
 */
export class Descendants {
  readonly #killed = new Set<number>();
  /** Start times by pid. */
  #known: ReadonlyMap<number, number> = new Map();

  /**
   * Takes these for all that there are now. One that has ended is passed over.
   *
   * @throws ERR_CONFIG when one does not descend from this process, or where there is no `/proc`.
   */
  admit(victims: readonly ProcessVictim[]): void {
    if (victims.length > 0 && startTimeOf(process.pid) === undefined)
      throw new TroupeError("ERR_CONFIG", "Chaos knows its victims by /proc, and there is none here.");
    const known = new Map<number, number>();
    for (const { name, pid } of victims) {
      const startTime = startTimeOf(pid);
      if (startTime === undefined) continue;
      // One that is known may be an orphan by now.
      const isOurs = this.#known.get(pid) === startTime || descendsFrom(process.pid, pid);
      if (!isProcessAlive({ pid, startTime })) continue;
      if (!isOurs) throw foreign(name, pid);
      known.set(pid, startTime);
    }
    for (const pid of this.#killed) {
      if (known.get(pid) !== this.#known.get(pid)) this.#killed.delete(pid);
    }
    this.#known = known;
  }

  /** Kills one; `false` when it has ended, or was killed and is about to end. */
  kill(pid: number): boolean {
    if (this.#killed.has(pid) || !signal(pid, this.#known.get(pid), "SIGKILL")) return false;
    this.#killed.add(pid);
    return true;
  }

  /**
   * Stops one, and gives what lets it go on; `undefined` when it has ended. Should this process die first, the one
   * that stands is killed: it cannot see that nobody is left to wake it.
   */
  freeze(pid: number): (() => void) | undefined {
    const startTime = this.#known.get(pid);
    if (!signal(pid, startTime, "SIGSTOP")) return undefined;
    const isTrackedForThis = track(pid);
    return () => {
      if (isTrackedForThis) untrack(pid);
      signal(pid, startTime, "SIGCONT");
    };
  }
}

/** Whether the process was there to be signalled. */
function signal(pid: number, startTime: number | undefined, name: NodeJS.Signals): boolean {
  if (startTime === undefined || !isProcessAlive({ pid, startTime })) return false;
  try {
    return process.kill(pid, name);
  } catch {
    // It ended in between.
    return false;
  }
}

function foreign(name: string, pid: number): TroupeError {
  return new TroupeError(
    "ERR_CONFIG",
    `${name} (pid ${pid}) is no victim: it does not descend from this process (pid ${process.pid}). ` +
      "Chaos kills and freezes only what the test started itself.",
  );
}
