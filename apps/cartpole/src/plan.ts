/** How the policy is learnt: deep Q-learning, or proximal policy optimisation. */
export type Algorithm = "dqn" | "ppo";

/** What to train, and how. */
export interface Plan {
  readonly algorithm: Algorithm;
  readonly seed: number;
  /** Runners that play, each in a pool of its own. */
  readonly actors: number;
  /** Steps of the environment at most, over all runners. */
  readonly steps: number;
  /** The mean return of greedy episodes at which it is solved. */
  readonly goal: number;
  /** Where checkpoints and the report are. */
  readonly folder: string;
  /** Whether it goes on from the checkpoint in the folder. */
  readonly resume: boolean;
  /** Steps of the environment between two checkpoints. */
  readonly checkpointEvery: number;
  /** Of deep Q-learning: whether the next action is chosen by the network that learns, and valued by the target. */
  readonly double: boolean;
  /** Of deep Q-learning: steps of a transition. */
  readonly nStep: number;
  /** Of deep Q-learning: whether transitions are sampled by how much their values were off. */
  readonly prioritized: boolean;
}

/** Steps of the environment within which each algorithm is to solve it. */
export const budgets: Readonly<Record<Algorithm, number>> = { dqn: 50_000, ppo: 100_000 };

/** The tag of the policy in the parameter server. */
export const policyTag = "policy";
