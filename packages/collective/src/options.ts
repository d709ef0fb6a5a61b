import { inspect } from "node:util";

import { checkKnown, timeoutProblem, TroupeError, type WaitOptions } from "@troupe/core";

/** How a member joins a group. */
export interface CollectiveOptions extends WaitOptions {
  /** What all members call it. One that `collectiveName()` gives belongs to this host, and to this run of the program. */
  readonly name: string;
  /** Which member this is: 0 to `size - 1`, each once. */
  readonly rank: number;
  /** How many there are, 1 to 64. */
  readonly size: number;
  /**
   * Bytes at once: larger arrays go in pieces of this. 256 KiB by default, 1 KiB to 64 MiB; that of member 0 holds. A
   * group takes twice that of shared memory for each member.
   */
  readonly slotBytes?: number | undefined;
}

/** {@link CollectiveOptions} in full. */
export interface Joining {
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  readonly slotBytes: number;
}

const names: readonly (keyof CollectiveOptions)[] = [
  "name",
  "rank",
  "size",
  "slotBytes",
  "timeout",
  "signal",
];

/** @throws ERR_CONFIG */
export function checked(options: CollectiveOptions): Joining {
  checkKnown("collective()", options, names);
  const { name, rank, size, slotBytes = 256 * 1024 } = options;
  if (typeof name !== "string" || name === "" || name.length > 200)
    throw wrong(`name is a text of 1 to 200 characters, not ${inspect(name).slice(0, 100)}`);
  checkCount("size", size, 1, 64);
  checkCount("rank", rank, 0, size - 1);
  checkCount("slotBytes", slotBytes, 1024, 64 * 1024 * 1024);
  const problem = timeoutProblem(options.timeout);
  if (problem !== undefined) throw problem;
  return { name, rank, size, slotBytes: Math.ceil(slotBytes / 64) * 64 };
}

function checkCount(name: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw wrong(`${name} is a whole number from ${least} to ${most}, not ${inspect(value)}`);
}

function wrong(problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `collective(): ${problem}.`);
}
