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
  /** More of what it did, for the report. */
  figures?(): readonly (readonly [name: string, figure: string])[];
}
