import { parseArgs } from "node:util";

/** What the command line says. */
export interface Arguments {
  readonly minutes: number;
  readonly pools: number;
  readonly counters: number;
  readonly lanes: number;
  readonly every: number;
  readonly seed: number | undefined;
  readonly verbose: boolean;
}

export const usage = `npm run chaos -- [options]

  --minutes N     how long; 10 by default
  --pools N       pools to kill; 4 by default
  --counters N    counters that persist; 20 by default
  --in-flight N   calls in flight; 64 by default
  --every MS      milliseconds between two kills on average; 200 by default
  --seed N        replays the kills of another run
  --verbose       a line for each kill and freeze`;

/** @returns `undefined` when help is asked for. @throws TypeError, RangeError for what is unknown or wrong. */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      pools: { type: "string", default: "4" },
      counters: { type: "string", default: "20" },
      "in-flight": { type: "string", default: "64" },
      every: { type: "string", default: "200" },
      seed: { type: "string" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const count = (name: "pools" | "counters" | "in-flight") => numberOf(name, values[name], 1, true);
  return {
    minutes: numberOf("minutes", values.minutes, 0.1, false),
    pools: count("pools"),
    counters: count("counters"),
    lanes: count("in-flight"),
    every: numberOf("every", values.every, 1, false),
    seed: values.seed === undefined ? undefined : numberOf("seed", values.seed, 0, true),
    verbose: values.verbose,
  };
}

function numberOf(name: string, text: string, least: number, isWhole: boolean): number {
  const number = text.trim() === "" ? NaN : Number(text);
  if (number >= least && number < Infinity && (!isWhole || Number.isSafeInteger(number))) return number;
  throw new RangeError(`--${name} must be a ${isWhole ? "whole " : ""}number from ${least}, not "${text}".`);
}
