import { field, prioritized, ReplayBuffer, sampleToInsertRatio, uniform } from "@troupe/dist";

import type { Plan } from "../plan.js";

/** What the next step counts. */
export const discount = 0.99;
/** Rows of a step of learning. */
export const batchSize = 64;
/** Rows that are there before it learns. */
export const warmUp = 1_000;
/** How often each row is learnt from, on average: half a step of learning for each step of the environment. */
const samplesPerRow = 32;
/** Rows that runners may be ahead of the learner: what a round of learning takes. */
const ahead = 256;
/** Steps of learning in a round, after which runners get a new policy. */
export const roundLength = (ahead * samplesPerRow) / batchSize;

/** A row: n steps of the environment, or fewer at the end of an episode. */
export const transition = {
  obs: field("float32", [4]),
  action: field("int32"),
  reward: field("float32"),
  nextObs: field("float32", [4]),
  /** Whether the episode ended with it: nothing comes after. */
  done: field("uint8"),
  /** γ to the power of its steps. */
  discount: field("float32"),
};

/** The replay buffer of {@link transition}s. */
export type Transitions = ReplayBuffer<typeof transition>;

/** What a plan's buffer is to be. It keeps runners and learner in step, whoever of them is the quicker. */
function optionsOf({ steps, actors, prioritized: byPriority, seed }: Plan) {
  const enough = warmUp * samplesPerRow;
  return {
    capacity: Math.max(2 * warmUp, Math.min(steps, 100_000)),
    schema: transition,
    // A runner or learner that takes the place of one that was killed may be there before its heads are free.
    writers: 2 * actors + 2,
    readers: 4,
    sampler: byPriority ? prioritized({ alpha: 0.6, beta: 0.4 }) : uniform(),
    rateLimiter: sampleToInsertRatio({
      ratio: samplesPerRow,
      minSize: warmUp,
      error: [enough, enough + ahead * samplesPerRow],
    }),
    seed,
  };
}

export function createTransitions(plan: Plan): Transitions {
  return ReplayBuffer.create(optionsOf(plan));
}

/** What was saved, as a buffer of this plan. */
export function loadTransitions(path: string, plan: Plan): Promise<Transitions> {
  return ReplayBuffer.load(path, optionsOf(plan));
}
