import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { init, main } from "@troupe/dist";
import { Command, InvalidArgumentError, Option } from "commander";

import { solves } from "./actors/evaluator.js";
import { ManagerActor } from "./actors/manager.js";
import { hasCheckpoint, latestCheckpoint } from "./checkpoint.js";
import { type Algorithm, budgets, type Plan } from "./plan.js";
import { stepsOfRound } from "./playing/rollout.js";
import type { Status } from "./progress/status.js";
import { writeReport } from "./report/report.js";
import { poolsFor } from "./training/places.js";
import { View } from "./view/view.js";

interface Flags extends Omit<Plan, "algorithm" | "steps" | "folder" | "resume"> {
  readonly algo: Algorithm;
  readonly steps?: number;
  readonly folder?: string;
  readonly resume?: boolean;
}

/** Flags that are of no effect by the other algorithm. */
const ofDqn = { double: "--no-double", nStep: "--n-step", prioritized: "--prioritized" };

// Pools import this module too, to find the classes in it: what only the program itself does is in main().
await main(async (signal) => {
  const command = new Command("cartpole")
    .description(
      "Learns to balance a pole on a cart: runners play, a learner learns, each in a process of its own.",
    )
    .addOption(
      new Option("--algo <name>", "deep Q-learning or proximal policy optimisation")
        .choices(["dqn", "ppo"])
        .default("dqn"),
    )
    .option("-s, --seed <n>", "seed of networks, environments and exploration", whole(0), 1)
    .option("-a, --actors <n>", "runners, each in a pool of its own", whole(1, 64), 2)
    .option(
      "-n, --steps <n>",
      "steps of the environment at most (default: 50000 for dqn, 100000 for ppo)",
      whole(1),
    )
    .option("--goal <return>", "mean return of 100 greedy episodes at which it is solved", whole(1), 475)
    .option("--folder <path>", "where checkpoints and the report go (default: runs/<algo>-<seed>)")
    .option("--resume", "go on from the checkpoint in the folder")
    .option("--checkpoint-every <n>", "steps of the environment between two checkpoints", whole(1), 2_000)
    .option("--no-double", "dqn: have the target choose the actions that it values")
    .option("--n-step <n>", "dqn: steps of a transition", whole(1, 100), 3)
    .option("--prioritized", "dqn: sample by how much values were off", false)
    .parse();
  const { algo: algorithm, ...flags } = command.opts<Flags>();
  for (const [option, flag] of Object.entries(ofDqn)) {
    if (algorithm !== "dqn" && command.getOptionValueSource(option) === "cli")
      command.error(`error: ${flag} is of --algo dqn, and this is ${algorithm}`);
  }
  const {
    steps = budgets[algorithm],
    folder = join("runs", `${algorithm}-${flags.seed}`),
    resume = false,
  } = flags;
  const plan: Plan = { ...flags, algorithm, steps, folder, resume };
  if (resume) {
    const problem = await unfit(plan).catch((error: unknown) => (error as Error).message);
    if (problem) command.error(`error: --resume: ${problem}`);
  }
  await mkdir(folder, { recursive: true }).catch((error: unknown) =>
    command.error(`error: cannot write to ${folder}: ${(error as Error).message}`),
  );
  const round = stepsOfRound(plan.actors);
  if (algorithm === "ppo" && flags.steps !== undefined && steps % round !== 0)
    console.log(
      `ppo plays rounds of ${round} steps: the one that comes to step ${steps} is played to its end`,
    );
  const isSolved = await run(plan, signal);
  if (!isSolved) process.exitCode = 1;
});

/** Trains; says whether it was solved. */
async function run(plan: Plan, signal: AbortSignal): Promise<boolean> {
  const view = new View(plan);
  await using cluster = await init({ pools: poolsFor(plan), slowCall: 0, log: view.log });
  const manager = await cluster.create(ManagerActor, [plan], { pool: "driver-0" });
  let last: Status | undefined;
  try {
    for await (const status of manager.train()) {
      view.show(status);
      last = status;
      if (signal.aborted) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    view.close();
  }
  if (signal.aborted || !last?.verdict) {
    const next = (await hasCheckpoint(plan.folder))
      ? "the same with --resume goes on from the last checkpoint"
      : "there is no checkpoint yet to go on from";
    console.log(`interrupted at step ${last?.steps ?? 0}; ${next}`);
    return false;
  }
  const { verdict } = last;
  const isSolved = solves(verdict, plan);
  const report = join(plan.folder, "report.html");
  await writeReport(report, plan, last, await manager.history());
  const [mean, seconds] = [verdict.mean.toFixed(1), last.seconds.toFixed(0)];
  console.log(
    `${isSolved ? "solved" : "not solved"}: mean return ${mean} of ${verdict.episodes} greedy episodes, by version ${verdict.version}`,
  );
  console.log(`after ${verdict.steps} steps of the environment, of ${last.steps}, in ${seconds} s`);
  console.log(`report: ${report}`);
  return isSolved;
}

/** Why a plan cannot go on from the checkpoint in its folder. */
async function unfit({ folder, algorithm, seed }: Plan): Promise<string | undefined> {
  const checkpoint = await latestCheckpoint(folder);
  if (!checkpoint) return `there is no checkpoint in ${folder}`;
  if (checkpoint.algorithm === algorithm && checkpoint.seed === seed) return undefined;
  return `the checkpoint in ${folder} is of --algo ${checkpoint.algorithm} --seed ${checkpoint.seed}`;
}

/** A whole number within bounds. */
function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== "" && Number.isInteger(number) && number >= least && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${range}.`);
  };
}
