/** What a step of an {@link Environment} came to. */
export interface Step {
  readonly reward: number;
  /** Whether the episode ended by what happened in it: nothing is to be had after that. */
  readonly terminated: boolean;
  /** Whether it was cut off by its time limit: more was to be had. */
  readonly truncated: boolean;
}

/** A task to be learnt: observations are rows of floats, actions are numbered. */
export interface Environment {
  readonly observationShape: readonly number[];
  /** How many actions there are. */
  readonly actions: number;
  /** What is to be seen now; overwritten by the next step. */
  readonly observation: Float32Array;
  /** Begins an episode. */
  reset(): void;
  /** @param action From 0 up to {@link actions}. To be called in an episode. */
  step(action: number): Step;
}
