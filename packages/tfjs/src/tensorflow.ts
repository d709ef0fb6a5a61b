import type * as tensorflow from "@tensorflow/tfjs";

/** TensorFlow.js, whichever package it came from. */
export type TF = typeof tensorflow;

/** TensorFlow.js as {@link loadTensorFlow} found it. */
export interface TensorFlow {
  readonly tf: TF;
  /** The package that computes, as `@tensorflow/tfjs-node`. */
  readonly package: string;
  /** Packages that would have come before it, and why each is not used. */
  readonly passedOver: readonly PassedOver[];
}

/** A package that is not used. */
export interface PassedOver {
  readonly package: string;
  readonly reason: string;
}
