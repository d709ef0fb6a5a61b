import type { PpoRollout } from "../algorithms/ppo.js";
import type { Episode } from "./episode.js";

/** Environments that are played side by side, over all runners; each runner has one at least. */
const environments = 8;
/** Steps of each of them in a rollout. */
export const length = 32;

/** What a runner brings of a version of the policy. */
export interface Rollout extends PpoRollout {
  /** Those that ended in it. */
  readonly episodes: readonly Episode[];
}

/** How many environments a runner has. */
export function environmentsOf(runner: number, runners: number): number {
  return Math.max(1, Math.floor((environments + runner) / runners));
}

/** Steps of all runners in a rollout. */
export function stepsOfRound(runners: number): number {
  return Array.from({ length: runners }, (_, runner) => environmentsOf(runner, runners) * length).reduce(
    (sum, steps) => sum + steps,
  );
}

/** What several runners bring, as one. */
export function joined(rollouts: readonly Rollout[]): Rollout {
  const floats = (name: "obs" | "logProbability" | "advantage" | "target") =>
    Float32Array.from(rollouts.flatMap((rollout) => [...rollout[name]]));
  return {
    obs: floats("obs"),
    action: Int32Array.from(rollouts.flatMap(({ action }) => [...action])),
    logProbability: floats("logProbability"),
    advantage: floats("advantage"),
    target: floats("target"),
    episodes: rollouts.flatMap(({ episodes }) => episodes),
  };
}
