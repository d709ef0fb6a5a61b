/** Steps of one environment, one after another, over ends of episodes. */
export interface Trace {
  readonly reward: Float32Array;
  /** What each state was thought to be worth. */
  readonly value: Float32Array;
  /** Whether the episode ended with the step, however it did. */
  readonly ended: Uint8Array;
  /** What is thought to come after a step that ended an episode: 0, unless it was cut off. */
  readonly rest: Float32Array;
  /** What is thought to come after the last step, if that ended no episode. */
  readonly next: number;
}

/** What generalised advantage estimation makes of a {@link Trace}. */
export interface Advantages {
  readonly advantage: Float32Array;
  /** What each value is to be. */
  readonly target: Float32Array;
}

/**
 * Generalised advantage estimation: Schulman et al., "High-Dimensional Continuous Control Using Generalized Advantage Estimation"
 * (ICLR 2016).
 *
 * @param discount γ, what the next step counts.
 * @param decay λ, how far it looks ahead before it relies on values.
 */
export function advantagesOf(trace: Trace, discount: number, decay: number): Advantages {
  const { reward, value, ended, rest, next } = trace;
  const advantage = new Float32Array(reward.length);
  let after = next;
  let running = 0;
  for (let step = reward.length - 1; step >= 0; step--) {
    const isEnd = ended[step] === 1;
    const error = reward[step]! + discount * (isEnd ? rest[step]! : after) - value[step]!;
    running = error + (isEnd ? 0 : discount * decay * running);
    advantage[step] = running;
    after = value[step]!;
  }
  return { advantage, target: advantage.map((gain, step) => gain + value[step]!) };
}
