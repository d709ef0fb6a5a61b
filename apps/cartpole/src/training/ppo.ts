import type { ParameterServer } from "@troupe/dist";

import { PpoLearnerActor } from "../actors/ppo-learner.js";
import { PpoRunnerActor } from "../actors/ppo-runner.js";
import type { Checkpoint } from "../checkpoint.js";
import type { Plan } from "../plan.js";
import { environmentsOf } from "../playing/rollout.js";
import { places, seedOf } from "./places.js";
import type { Training } from "./training.js";

/** Proximal policy optimisation: the learner has all runners play its newest policy, and learns from what they bring. */
export async function startPpo(
  plan: Plan,
  past: Checkpoint | undefined,
  policies: ParameterServer,
): Promise<Training> {
  const resumed = past ? past.resumed + 1 : 0;
  const learner = await PpoLearnerActor.with({ pool: places.learner }).create(
    plan,
    seedOf(plan, resumed, plan.actors),
    policies,
  );
  const runners = await Promise.all(
    Array.from({ length: plan.actors }, (_, index) =>
      PpoRunnerActor.with({ pool: places.runner(index) }).create(
        plan,
        seedOf(plan, resumed, index),
        environmentsOf(index, plan.actors),
        policies,
      ),
    ),
  );
  return {
    actors: [learner, ...runners],
    replay: undefined,
    rounds: (steps) => learner.rounds(runners, steps),
    episodes: [],
  };
}
