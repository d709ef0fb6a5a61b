import type { Plan } from "../plan.js";
import type { History, PastRound } from "../progress/history.js";

/** A chart: places on the x-axis, and the values of each series there, or `null` where it has none. */
export interface Chart {
  readonly title: string;
  readonly about: string;
  /** What the x-axis counts. */
  readonly unit: string;
  readonly series: readonly Series[];
  readonly data: readonly (readonly (number | null)[])[];
}

interface Series {
  readonly label: string;
  readonly color: string;
  /** Dots in place of a line. */
  readonly dots: boolean;
}

interface Curve extends Series {
  readonly points: readonly (readonly [x: number, y: number])[];
}

const blue = "#2563eb";
const orange = "#ea580c";
const grey = "#9ca3af";
/** Episodes, or rounds, that a mean is of. */
const window = 20;

/** The curves of a training. */
export function chartsOf(plan: Plan, { episodes, rounds, evaluations }: History): Chart[] {
  const returns = episodes.map(({ steps, return: value }) => [steps, value] as const);
  const greedy = evaluations.map(({ steps, mean }) => [steps, mean] as const);
  const of = (name: "loss" | "lag") => rounds.map((round) => [round.steps, round[name]] as const);
  return [
    chart(
      "Return",
      `Episodes of the runners, which explore, and greedy ones of versions of the policy. The goal is ${plan.goal}.`,
      [
        { label: "episode", color: grey, dots: true, points: returns },
        { label: `mean of ${window}`, color: blue, dots: false, points: smoothed(returns) },
        { label: "greedy", color: orange, dots: false, points: greedy },
      ],
    ),
    chart("Loss", "The mean of each round of learning.", [
      { label: "loss", color: blue, dots: false, points: of("loss") },
    ]),
    chart("Steps a second", "Of the environment, over all runners.", [
      { label: "steps/s", color: blue, dots: false, points: speeds(rounds) },
    ]),
    chart("Lag", "Versions that the runners' policies were behind the learner's, on average.", [
      { label: "versions", color: blue, dots: false, points: of("lag") },
    ]),
  ];
}

function chart(title: string, about: string, curves: readonly Curve[]): Chart {
  const places = [...new Set(curves.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  // Of several values at one place the last is shown.
  const columns = curves.map(({ points }) => {
    const values = new Map(points);
    return places.map((x) => values.get(x) ?? null);
  });
  const series = curves.map(({ label, color, dots }) => ({ label, color, dots }));
  return { title, about, unit: "steps of the environment", series, data: [places, ...columns] };
}

/** Each as the mean of itself and those before it. */
function smoothed(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  return points.map(([x], at) => {
    const near = points.slice(Math.max(0, at + 1 - window), at + 1);
    return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length];
  });
}

function speeds(rounds: readonly PastRound[]): [number, number][] {
  return rounds.slice(1).flatMap(({ steps, seconds }, at): [number, number][] => {
    const first = rounds[Math.max(0, at + 1 - window)]!;
    return seconds > first.seconds ? [[steps, (steps - first.steps) / (seconds - first.seconds)]] : [];
  });
}
