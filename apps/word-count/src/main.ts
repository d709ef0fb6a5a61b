import { availableParallelism } from "node:os";

import { main } from "@troupe/dist";
import { Command, InvalidArgumentError } from "commander";

import { filesOf } from "./pieces.js";
import { run } from "./run.js";

interface Options {
  readonly pools: number;
  readonly top: number;
  readonly portion: number;
  readonly check: boolean;
}

await main(async (signal) => {
  const command = new Command("word-count")
    .description("Counts the words of files over pools: map, shuffle and reduce by references.")
    .argument("<paths...>", "files and folders of text")
    .option("-p, --pools <n>", "pools", atLeastOne, availableParallelism())
    .option("-t, --top <n>", "words in the table", atLeastOne, 20)
    .option("--portion <bytes>", "bytes for a map task", atLeastOne, 1024 * 1024)
    .option("--no-check", "do not count once more in one process, to compare")
    .parse();
  const files = await filesOf(command.args).catch((error: unknown) => {
    const { path = "a file", message } = error as NodeJS.ErrnoException;
    return command.error(`error: cannot read ${path}: ${message}`);
  });
  if (files.every(({ byteLength }) => byteLength === 0))
    command.error(`error: there is nothing to count in ${command.args.join(", ")}`);
  const isRight = await run({ ...command.opts<Options>(), files, signal });
  if (!isRight) process.exitCode = 1;
});

function atLeastOne(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}
