import type { Snapshot } from "../snapshot.js";
import type { Tally } from "../tally.js";

/** What is told of at one moment. */
export interface Seen extends Snapshot {
  readonly tally: Tally;
}

/** Labels by name. */
export type Labels = Readonly<Record<string, string | number>>;

/** One value, and whose it is. */
export type Sample = readonly [labels: Labels, value: number];

/** A metric: one family of Prometheus, in base units, and how its values are read off what was seen. */
export interface Measure {
  readonly name: `troupe_${string}`;
  readonly type: "counter" | "gauge";
  /** What it is, in a sentence. */
  readonly help: string;
  /** Names of its labels. */
  readonly labels: readonly string[];
  /** Its values, each with other labels than all others. */
  readonly read: (seen: Seen) => Iterable<Sample>;
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1_000;
}
