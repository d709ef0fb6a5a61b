import type { ProcessVictim } from "@troupe/testkit";

import type { Tally } from "./tally.js";

/** What goes on while pools are killed, and how it is seen that nothing came of that. */
export interface Work {
  /** What it counts: `calls`. */
  readonly noun: string;
  /** All promises that it was given. */
  readonly tally: Tally;
  /** Lets grow what grows to a bound, before anything is measured. */
  warmUp?(signal: AbortSignal | undefined): Promise<void>;
  /** Goes on until it is told to end; resolves when all that it began has settled. */
  run(goesOn: () => boolean): Promise<void>;
  /** Looks, when all is settled, for promises that were broken: in words. */
  check(): Promise<readonly string[]>;
  /** Those of the candidates of whom one is the next victim; all of them by default. Asked at each step. */
  choose?(candidates: readonly ProcessVictim[]): readonly ProcessVictim[];
  /** Gives up what it has, when all is over and the cluster is there still. */
  close?(): Promise<void>;
  /** More of what it did, for the report. */
  figures?(): readonly (readonly [name: string, figure: string])[];
}
