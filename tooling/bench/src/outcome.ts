import { type BenchCase, type Contender, isLowerBetter, type Reach, type Unit } from "./case.js";

/** What one contender did in one case. */
export interface Result {
  readonly contender: string;
  readonly role: Contender["role"];
  /** The figure of each round, in the unit of the case. */
  readonly rounds: readonly number[];
  readonly median: number;
  /** Microseconds of single operations. */
  readonly latency?: { readonly p50: number; readonly p99: number };
  /** Megabytes resident in the process that did the work, after the last round. */
  readonly residentMB: number;
}

/** A case with what came out. */
export interface Outcome {
  readonly group: string;
  readonly name: string;
  readonly unit: Unit;
  readonly results: readonly Result[];
  /** Contenders that could not run here, each with the reason. */
  readonly missing: readonly { readonly contender: string; readonly reason: string }[];
  /** Median over the rounds of Troupe's figure by the other's in the same round. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Without those that name a missing contender; `is` the ratio, or the figure. */
  readonly reaches: readonly (Reach & { readonly is: number; readonly reached: boolean })[];
}

/** Holds Troupe's figures against those of the others and against what they are to reach. */
export function summarize(
  { group, name, unit, reach = [] }: BenchCase,
  results: readonly Result[],
  missing: Outcome["missing"],
): Outcome {
  const ours = results.find(({ role }) => role === "troupe");
  const ratios: Record<string, number> = {};
  for (const other of results) {
    if (!ours || other === ours) continue;
    ratios[other.contender] = median(
      ours.rounds.map((figure, round) => figure / (other.rounds[round] ?? NaN)),
    );
  }
  const medianSpeed = (of: string) => {
    const theirs = results.find(({ contender }) => contender === of)?.latency?.p50;
    return theirs !== undefined && ours?.latency ? theirs / ours.latency.p50 : undefined;
  };
  const reaches = [reach].flat().flatMap((goal) => {
    const is = "figure" in goal ? ours?.median : goal.by ? medianSpeed(goal.of) : ratios[goal.of];
    if (is === undefined) return [];
    const asked = "figure" in goal ? goal.figure : goal.ratio;
    return [{ ...goal, is, reached: isLowerBetter(unit) ? is <= asked : is >= asked }];
  });
  return { group, name, unit, results, missing, ratios, reaches };
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
