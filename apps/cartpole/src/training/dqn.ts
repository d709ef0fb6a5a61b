import type { ParameterServer } from "@troupe/dist";

import { DqnLearnerActor } from "../actors/dqn-learner.js";
import { DqnRunnerActor } from "../actors/dqn-runner.js";
import { type Checkpoint, latestReplay } from "../checkpoint.js";
import type { Plan } from "../plan.js";
import { createTransitions, loadTransitions } from "../playing/transitions.js";
import { places, seedOf } from "./places.js";
import type { Training } from "./training.js";

/** Deep Q-learning: runners write into a replay buffer as fast as the learner samples it, and nobody waits for another. */
export async function startDqn(
  plan: Plan,
  past: Checkpoint | undefined,
  policies: ParameterServer,
): Promise<Training> {
  const replay = past
    ? await loadTransitions(await latestReplay(plan.folder), plan)
    : createTransitions(plan);
  try {
    const before = past ? past.history.steps - replay.stats().inserted : 0;
    const learner = await DqnLearnerActor.with({ pool: places.learner }).create(
      plan,
      replay,
      before,
      policies,
    );
    const runners = await Promise.all(
      Array.from({ length: plan.actors }, (_, index) => {
        const seed = seedOf(plan, past ? past.resumed + 1 : 0, index);
        return DqnRunnerActor.with({ pool: places.runner(index) }).create(plan, seed, replay, policies);
      }),
    );
    return {
      actors: [learner, ...runners],
      replay,
      steps: () => before + replay.stats().inserted,
      rounds: () => learner.rounds(),
      episodes: runners.map((runner) => () => runner.play()),
    };
  } catch (error) {
    replay.close();
    throw error;
  }
}
