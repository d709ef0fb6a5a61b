import { main } from "@troupe/dist";
import { Command, InvalidArgumentError } from "commander";

import { run } from "./run.js";

interface Options {
  readonly pools: number;
  readonly counters: number;
  readonly adds: number;
  readonly kill: boolean;
}

// Pools import this module too, to find the classes in it: what only the program itself does is in main().
await main(async (signal) => {
  const options = new Command("actor-counter")
    .description("Counters in other processes: calls, a stream, a batch, and a pool that is killed.")
    .option("-p, --pools <n>", "processes that counters live in", atLeastOne, 2)
    .option("-c, --counters <n>", "counters", atLeastOne, 4)
    .option("-a, --adds <n>", "calls to each counter", atLeastOne, 25_000)
    .option("--no-kill", "do not kill a pool to show what its callers see")
    .parse()
    .opts<Options>();
  await run({ ...options, signal });
});

function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}
