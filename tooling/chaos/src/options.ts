import { parseArgs } from "node:util";

/** What may be worked on while pools are killed. */
export type Kind = "actors" | "tasks" | "learning";
const kinds: readonly Kind[] = ["actors", "tasks", "learning"];

/** What the command line says. */
export interface Arguments {
  readonly minutes: number;
  /** The kinds that are to be done. */
  readonly kinds: readonly Kind[];
  readonly pools: number;
  readonly counters: number;
  readonly lanes: number;
  readonly nodes: number;
  /** As given; each kind has its own default. */
  readonly every: number | undefined;
  readonly seed: number | undefined;
  readonly verbose: boolean;
}

export const usage = `npm run chaos -- [options]

  --minutes N     how long, of each kind; 10 by default
  --only KIND     actors, tasks or learning; all by default
  --pools N       actors, tasks: pools to kill; 4 by default
  --counters N    actors: counters that persist; 20 by default
  --in-flight N   actors: calls in flight; 64 by default
  --nodes N       tasks: nodes of each graph; 4000 by default
  --every MS      milliseconds between two kills on average; 200 by default, 1000 of learning
  --seed N        replays the kills, and the graphs, of another run
  --verbose       a line for each kill and freeze`;

/** @returns `undefined` when help is asked for. @throws TypeError, RangeError for what is unknown or wrong. */
export function readArguments(args: readonly string[]): Arguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      only: { type: "string" },
      pools: { type: "string", default: "4" },
      counters: { type: "string", default: "20" },
      "in-flight": { type: "string", default: "64" },
      nodes: { type: "string", default: "4000" },
      every: { type: "string" },
      seed: { type: "string" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const count = (name: "pools" | "counters" | "in-flight" | "nodes") => numberOf(name, values[name], 1, true);
  return {
    minutes: numberOf("minutes", values.minutes, 0.1, false),
    kinds: values.only === undefined ? kinds : [kindOf(values.only)],
    pools: count("pools"),
    counters: count("counters"),
    lanes: count("in-flight"),
    nodes: count("nodes"),
    every: values.every === undefined ? undefined : numberOf("every", values.every, 1, false),
    seed: values.seed === undefined ? undefined : numberOf("seed", values.seed, 0, true),
    verbose: values.verbose,
  };
}

function kindOf(text: string): Kind {
  const kind = kinds.find((one) => one === text);
  if (kind) return kind;
  throw new RangeError(`--only must be ${kinds.join(" or ")}, not "${text}".`);
}

function numberOf(name: string, text: string, least: number, isWhole: boolean): number {
  const number = text.trim() === "" ? NaN : Number(text);
  if (number >= least && number < Infinity && (!isWhole || Number.isSafeInteger(number))) return number;
  throw new RangeError(`--${name} must be a ${isWhole ? "whole " : ""}number from ${least}, not "${text}".`);
}
