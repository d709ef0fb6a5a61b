import { defaultRegistryUrl } from "@troupe/dist";
import { SingleBar } from "cli-progress";
import { Command, InvalidArgumentError } from "commander";

import { run } from "./run.js";

interface Options {
  readonly actors: number;
  readonly versions: number;
  readonly episodeTime: number;
  readonly seed: number;
  readonly group: string;
  readonly registry: string;
  readonly kill: boolean;
}

const options = new Command("mock-rl")
  .description("A learner improves a policy from the rollouts of actors, each a process of its own.")
  .option("-a, --actors <n>", "actor processes; the first is a straggler", whole(1), 4)
  .option("-n, --versions <n>", "policy updates until the run ends", whole(1), 200)
  .option("-e, --episode-time <ms>", "milliseconds of an episode", whole(0), 5)
  .option("-s, --seed <n>", "seed of the actors' exploration", whole(0), 1)
  .option("-g, --group <name>", "the group to join", `mock_rl-${process.pid}`)
  .option("-r, --registry <url>", "ipc://…, tcp://host:port or redis://…", defaultRegistryUrl())
  .option("--no-kill", "do not kill an actor half way to show that it is replaced")
  .parse()
  .opts<Options>();

process.exitCode = await main(options);

async function main({ versions, ...options }: Options): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupt.abort());
  const bar = new SingleBar({
    format: "policy {value}/{total} |{bar}| return {reward} | {actors} actors",
    noTTYOutput: true,
    notTTYSchedule: 1000,
    hideCursor: true,
  });
  const started = performance.now();
  bar.start(versions, 0, { reward: "-", actors: options.actors });
  try {
    const summary = await run({
      ...options,
      versions,
      signal: interrupt.signal,
      onProgress: ({ version, reward, actors }) => bar.update(version, { reward: reward.toFixed(3), actors }),
      onReplaced: (name, signal) =>
        console.log(`\n${name} was ended by ${signal}; a new process takes its place`),
    });
    bar.stop();
    if (!summary) {
      console.log("interrupted before the end");
      return 130;
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(`policy updates   ${summary.versions}`);
    console.log(
      `rollouts         ${summary.rollouts}, ${Math.round(summary.rollouts / seconds)} a second, ${summary.stale} too old to learn from`,
    );
    console.log(`actors           ${summary.actors} at the end, ${summary.replaced} replaced`);
    console.log(`first return     ${summary.first.toFixed(4)}`);
    console.log(
      `final return     ${summary.score.toFixed(4)} (best 0), scored by ${summary.scores} of ${summary.actors} actors`,
    );
    return 0;
  } catch (error) {
    bar.stop();
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** A whole number from `least`. */
function whole(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
  };
}
