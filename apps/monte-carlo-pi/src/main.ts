import { availableParallelism } from "node:os";

import { main } from "@troupe/dist";
import { Command, InvalidArgumentError } from "commander";

import { run } from "./run.js";

interface Options {
  readonly pools: number;
  readonly points: number;
  readonly tasks: number;
  readonly seed: number;
}

await main(async (signal) => {
  const options = new Command("monte-carlo-pi")
    .description("π by random points: tasks over one pool, then over more, and how much faster that is.")
    .option("-p, --pools <n>", "most pools", atLeastOne, availableParallelism())
    .option("-n, --points <n>", "points in all", atLeastOne, 200_000_000)
    .option("-t, --tasks <n>", "tasks that they are divided among", atLeastOne, 200)
    .option("-s, --seed <n>", "where the random numbers begin", atLeastOne, 1)
    .parse()
    .opts<Options>();
  await run({ ...options, tasks: Math.min(options.tasks, options.points), signal });
});

function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}
