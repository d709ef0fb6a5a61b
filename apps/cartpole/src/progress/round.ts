import type { LearnerState } from "../algorithms/learner-state.js";
import type { Episode } from "../playing/episode.js";

/** A round of learning, after which there is a new version of the policy. */
export interface Round {
  readonly version: number;
  /** Steps of the environment that were made until then. */
  readonly steps: number;
  /** Steps of learning in this round. */
  readonly gradients: number;
  /** Their mean loss. */
  readonly loss: number;
  /** Episodes that ended in it, where runners and learner take turns. */
  readonly episodes: readonly Episode[];
  /** What it takes to go on from here, when a checkpoint is due. */
  readonly state: LearnerState | undefined;
}
