import type { Plan } from "../plan.js";
import type { Status } from "../progress/status.js";

const blocks = "▁▂▃▄▅▆▇█";

/** A status in one line, for logs. */
export function lineOf(status: Status): string {
  const { seconds, steps, stepsPerSecond, version, lag, fill, evaluation } = status;
  return [
    `${seconds.toFixed(0)} s`,
    `steps ${steps}`,
    `${stepsPerSecond.toFixed(0)}/s`,
    `return ${number(status.return, 1)}`,
    `greedy ${number(evaluation?.mean, 1)}`,
    `loss ${number(status.loss, 4)}`,
    `version ${version}`,
    `lag ${lag.toFixed(1)}`,
    ...(fill === undefined ? [] : [`buffer ${(100 * fill).toFixed(0)} %`]),
  ].join(" | ");
}

/** Several lines, for a terminal. @param returns What the returns were, @param losses the losses, over time. */
export function linesOf(
  plan: Plan,
  status: Status,
  returns: readonly number[],
  losses: readonly number[],
): string {
  const { seconds, steps, stepsPerSecond, evaluation, version, lag, fill, replaced, gradients } = status;
  const rows: [string, string][] = [
    [
      "steps",
      `${bar(steps / plan.steps)} ${steps} of ${plan.steps}, ${stepsPerSecond.toFixed(0)}/s, ${time(seconds)}`,
    ],
    [
      "return",
      `${number(status.return, 1).padStart(7)}  ${sparkline(returns)}  greedy ${number(evaluation?.mean, 1)} (goal ${plan.goal})`,
    ],
    ["loss", `${number(status.loss, 4).padStart(7)}  ${sparkline(losses)}  ${gradients} steps of learning`],
    ["policy", `version ${version}, runners ${lag.toFixed(1)} behind`],
    ...(fill === undefined
      ? []
      : [["buffer", `${bar(fill)} ${(100 * fill).toFixed(0)} %`] satisfies [string, string]]),
    ["runners", `${plan.actors}, ${status.episodes} episodes; ${replaced} actors made again`],
  ];
  return [
    `CartPole by ${plan.algorithm}, seed ${plan.seed}`,
    ...rows.map(([name, text]) => `${name.padEnd(8)} ${text}`),
  ].join("\n");
}

/** Values as a curve of one line; where there are more than fit, each place has the mean of some. */
export function sparkline(values: readonly number[], width = 24): string {
  const places = Math.min(width, values.length);
  const border = (place: number) => Math.floor((place * values.length) / places);
  const shown = Array.from({ length: places }, (_, place) => {
    const some = values.slice(border(place), border(place + 1));
    return some.reduce((sum, value) => sum + value, 0) / some.length;
  });
  const least = Math.min(...shown);
  const span = Math.max(...shown) - least;
  const heights = shown.map((value) => (span === 0 ? 0 : Math.round((7 * (value - least)) / span)));
  return heights.map((height) => blocks[height]).join("");
}

function bar(part: number, width = 24): string {
  const full = Math.round(width * Math.min(1, part));
  return "█".repeat(full) + "░".repeat(width - full);
}

function time(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function number(value: number | undefined, digits: number): string {
  return value === undefined ? "-" : value.toFixed(digits);
}
