/** A policy: what the learner makes and the actors play. */
export interface Policy {
  /** Counts the learner's updates, from 0. */
  readonly version: number;
  readonly weights: Float32Array;
}

/** One episode played with a policy that was varied a little. */
export interface Rollout {
  /** Version of the policy that was played. */
  readonly version: number;
  /** How the weights were varied, same length as the weights. */
  readonly noise: Float32Array;
  /** The episode's return. */
  readonly reward: number;
}

/** What the members of this group say to each other: type → body. */
export interface Messages {
  /** An actor asks for the policy, the learner replies with it. */
  "get-policy": undefined;
  policy: Policy;
  rollout: Rollout;
  /** The learner asks how good a policy is; actors reply with `score`. */
  evaluate: Policy;
  score: { readonly reward: number };
}
