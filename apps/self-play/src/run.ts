import { setTimeout as sleep } from "node:timers/promises";

import { actorOf, type Cluster, init, ParameterServer, type Remote } from "@troupe/dist";

import { hear } from "./hear.js";
import { League } from "./league.js";
import { type Learner, LearnerActor } from "./learner.js";
import { Policy } from "./policy/policy.js";
import { Progress } from "./progress.js";
import { hitRate } from "./referee.js";
import type { Outcome } from "./report.js";
import type { Rows } from "./rows.js";
import { type Runner, RunnerActor } from "./runner.js";

/** What to run. */
export interface Plan {
  /** Rows from runners to the learner. */
  readonly rows: Rows;
  readonly runners: number;
  /** Rows of a batch. */
  readonly batch: number;
  /** It ends after so many seconds, or steps of learning, whichever comes first. */
  readonly seconds: number;
  readonly updates: number;
  readonly seed: number;
  /** Whether rows bear checksums, which the learner compares. */
  readonly check: boolean;
  readonly signal: AbortSignal;
}

interface Team {
  readonly runners: readonly Remote<Runner>[];
  readonly learner: Remote<Learner>;
  readonly league: League;
}

/** Balls of a judgement, and milliseconds between two of them. */
const balls = 500;
const judgeEvery = 2_000;

/** Plays and learns, and says what came of it; nothing when it was ended early. */
export async function run(plan: Plan): Promise<Outcome | undefined> {
  await using cluster = await init({
    pools: [...Array.from({ length: plan.runners }, () => ({ label: "runner" })), { label: "learner" }],
  });
  const team = await makeTeam(plan);
  const first = await judge(team.league);
  const outcome = await play(plan, team, cluster);
  if (plan.signal.aborted) return undefined;
  return { ...outcome, hitRates: [first, await judge(team.league)] };
}

async function makeTeam({ rows, runners: count, batch, seed, check }: Plan): Promise<Team> {
  const server = await ParameterServer.create();
  const setting = { rows, server, seed, check };
  // The learner first: it has the policy that runners begin with.
  const learner = await LearnerActor.with({ pool: "learner" }).create({ ...setting, batch });
  const runners = Array.from({ length: count }, (_, index) =>
    RunnerActor.with({ pool: "runner" }).create({ ...setting, index }),
  );
  return { learner, runners: await Promise.all(runners), league: new League(server) };
}

/** Until the time is over, or it has learned enough, or the program is to end. */
async function play(plan: Plan, { runners, learner, league }: Team, cluster: Cluster) {
  const progress = new Progress(plan);
  const end = new AbortController();
  const signal = AbortSignal.any([plan.signal, end.signal]);
  const timer = setTimeout(() => end.abort(), plan.seconds * 1000);
  cluster.on("pool-died", ({ process, reason }) => {
    if (signal.aborted) return;
    progress.lost++;
    console.log(`\n${process} ${reason}; what it had is made again`);
  });
  for (const { path, pid } of [...runners, learner].map(actorOf)) console.log(`${path} in process ${pid}`);
  const judgeNowAndThen = async () => {
    while (await pause(judgeEvery, signal)) progress.hitRate = await judge(league);
  };
  const learned = (news: Parameters<Progress["learned"]>[0]) => {
    progress.learned(news);
    if (progress.updates >= plan.updates) end.abort();
  };
  try {
    await Promise.all([
      ...runners.map((runner) =>
        hear(
          async () => runner.play(),
          (news) => progress.played(news),
          signal,
        ),
      ),
      hear(async () => learner.learn(), learned, signal),
      judgeNowAndThen(),
    ]);
  } finally {
    end.abort();
    clearTimeout(timer);
    progress.stop();
  }
  const { lost, version } = progress;
  return { ...progress.totals(), lost, version, torn: plan.check ? progress.torn : undefined };
}

/** How well the newest version does. */
async function judge(league: League): Promise<number> {
  const policy = new Policy();
  await league.loadNewest(policy);
  return hitRate(policy, balls);
}

/** Says whether the time passed before the signal. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
