import type { Evaluation } from "../actors/evaluator.js";

/** How a training stands. */
export interface Status {
  /** Of training. */
  readonly seconds: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
  readonly gradients: number;
  readonly episodes: number;
  /** The mean return of the last episodes that runners have played. */
  readonly return: number | undefined;
  readonly loss: number | undefined;
  readonly evaluation: Evaluation | undefined;
  readonly version: number;
  /** Versions that the runners' policies are behind, on average. */
  readonly lag: number;
  /** Of the replay buffer, where there is one. */
  readonly fill: number | undefined;
  readonly replaced: number;
  /** What happened since the last status, a line each. */
  readonly news: readonly string[];
  /** The examination that was passed, or the last one when all steps are made: the end. */
  readonly verdict?: Evaluation | undefined;
}
