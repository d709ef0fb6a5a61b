import { availableParallelism } from "node:os";

import { isTroupeError, main } from "@troupe/dist";
import { Command, InvalidArgumentError, Option } from "commander";

import { report } from "./report.js";
import { makeRows } from "./rows.js";
import { run } from "./run.js";

interface Options {
  readonly runners: number;
  readonly seconds: number;
  readonly updates: number;
  readonly capacity: number;
  readonly batch: number;
  readonly seed: number;
  readonly check: boolean;
}

// Pools import this module too, to find the classes in it: what only the program itself does is in main().
await main(async (signal) => {
  const command = new Command("self-play")
    .description("Pong against earlier versions of oneself: frames through shared memory, at what speed.")
    .option("-r, --runners <n>", "processes that play", whole(1, 60), Math.max(1, availableParallelism() - 1))
    .option("-t, --seconds <n>", "seconds until it ends", whole(1, 2_000_000), 20)
    .addOption(
      new Option("-u, --updates <n>", "steps of learning until it ends, if they come first")
        .argParser(whole(1))
        .default(Infinity, "without end"),
    )
    .option("-c, --capacity <rows>", "rows of shared memory, of 28,224 bytes each", whole(1, 2 ** 29), 8192)
    .option("-b, --batch <rows>", "rows of a step of learning", whole(1), 256)
    .option("-s, --seed <n>", "where the random numbers begin", whole(0), 1)
    .option("--check", "write a checksum with each row, and compare it where it is read", false)
    .parse();
  const options = command.opts<Options>();
  if (options.batch > options.capacity)
    command.error(`error: a batch of ${options.batch} rows is more than the capacity, ${options.capacity}`);
  using rows = orSay(() => makeRows(options), command);
  const outcome = await run({ ...options, rows, signal });
  if (outcome === undefined)
    return console.log("interrupted before the end; --seconds and --updates say when that is");
  report(outcome);
  if (outcome.torn) process.exitCode = 1;
});

/** What the machine has no room for is no failure of the program. */
function orSay<T>(make: () => T, command: Command): T {
  try {
    return make();
  } catch (error) {
    if (isTroupeError(error)) return command.error(`error: ${error.message}`);
    throw error;
  }
}

/** A whole number from `least` to `most`. */
function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
    const limits = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${limits}.`);
  };
}
