/** An episode that a runner has played. */
export interface Episode {
  readonly return: number;
  readonly length: number;
  /** The version of the policy at its end. */
  readonly version: number;
}
