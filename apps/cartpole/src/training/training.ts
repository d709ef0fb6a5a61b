import type { Remote, ReplayBuffer } from "@troupe/dist";

import type { Episode } from "../playing/episode.js";
import type { Round } from "../progress/round.js";

/** A learner and its runners, made and ready to begin. Streams may be asked for again when they break. */
export interface Training {
  readonly actors: readonly Remote<object>[];
  /** What runners write into, where they do not bring it to the learner themselves. */
  readonly replay: ReplayBuffer | undefined;
  /** Steps of the environment that were made, now; without it that is known after each round. */
  steps?(): number;
  /** What the learner does. @param steps Steps of the environment that were made until now. */
  rounds(steps: number): AsyncIterable<Round>;
  /** What each runner plays, where it plays by itself. */
  readonly episodes: readonly (() => AsyncIterable<Episode>)[];
}
