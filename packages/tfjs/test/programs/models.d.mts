import type { Sequential } from "@tensorflow/tfjs";
import type { Remote } from "@troupe/dist";

import type { ModelStage, Predictor, TF } from "../../src/index.js";

export type Layer = readonly [units: number, activation: "relu" | "tanh" | "linear"];

export function denseModel(tf: TF, inputs: number, layers: readonly Layer[]): Sequential;
export declare class DenseStage extends ModelStage {
  constructor(inputs: number, layers: readonly Layer[]);
  protected build(tf: TF): Sequential;
  protected optimizer(tf: TF): ReturnType<TF["train"]["sgd"]>;
}
export declare class Sums extends Predictor {
  package(): Promise<string>;
  protected build(): never;
}
export const StageActor: {
  create(inputs: number, layers: readonly Layer[]): Promise<Remote<DenseStage>>;
};
export const SumsActor: {
  create(options?: ConstructorParameters<typeof Predictor>[0]): Promise<Remote<Sums>>;
};
