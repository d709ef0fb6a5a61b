import { sizeOfShape, TroupeError } from "@troupe/core";

import type { PlainTensor } from "../weights/tensors.js";
import type { StageLoss } from "./model-stage.js";

/** A stage, here or far away: a `ModelStage`, or a reference to an actor that is one. */
export interface Stage {
  predict(input: PlainTensor): Promise<PlainTensor>;
  forward(batch: number, input: PlainTensor): Promise<PlainTensor>;
  backward(batch: number, gradient: PlainTensor): Promise<PlainTensor>;
  learn(input: PlainTensor, target: PlainTensor): Promise<StageLoss>;
  apply(batches: number): Promise<void> | void;
  abandon(): Promise<void> | void;
}

/** Options of {@link SplitModel.train}. */
export interface SplitTrainOptions {
  /** Parts into which the batch is divided, so that all stages work at the same time. Default: 1. */
  readonly microBatches?: number | undefined;
}

/** A model whose parts are actors, from the input to the output: trained as one, by passing gradients back. */
export class SplitModel {
  #batches = 0;

  /** @throws ERR_CONFIG without a stage. */
  constructor(private readonly stages: readonly Stage[]) {
    if (stages.length === 0) throw new TroupeError("ERR_CONFIG", "A model has one stage at least.");
  }

  /** The output for a batch. */
  async predict(input: PlainTensor): Promise<PlainTensor> {
    let output = input;
    for (const stage of this.stages) output = await stage.predict(output);
    return output;
  }

  /**
   * One step on a batch: the loss before it. With equal micro-batches it is the step that the whole model would take on the
   * whole batch, where the loss is a mean over rows. When a stage fails no stage takes the step.
   *
   * @param input Of shape [rows, …], as `target`.
   * @throws ERR_SCHEMA when rows do not fit, and when the loss, or a gradient, is no number; what a stage throws.
   */
  async train(
    input: PlainTensor,
    target: PlainTensor,
    { microBatches = 1 }: SplitTrainOptions = {},
  ): Promise<number> {
    const inputs = divide(input, microBatches);
    const targets = divide(target, microBatches);
    if (input.shape[0] !== target.shape[0]) {
      throw new TroupeError(
        "ERR_SCHEMA",
        `The input has ${input.shape[0]} rows, and the target ${target.shape[0]}.`,
      );
    }
    try {
      const losses = await Promise.all(inputs.map((part, index) => this.#pass(part, targets[index]!)));
      await Promise.all(this.stages.map(async (stage) => stage.apply(microBatches)));
      return losses.reduce((sum, loss) => sum + loss, 0) / microBatches;
    } catch (error) {
      await Promise.allSettled(this.stages.map(async (stage) => stage.abandon()));
      throw error;
    }
  }

  /** Forward and back with one part of a batch. */
  async #pass(input: PlainTensor, target: PlainTensor): Promise<number> {
    const batch = this.#batches++;
    const last = this.stages.at(-1)!;
    const others = this.stages.slice(0, -1);
    let output = input;
    for (const stage of others) output = await stage.forward(batch, output);
    const { loss, gradient: first } = await last.learn(output, target);
    let gradient = first;
    for (const stage of others.reverse()) gradient = await stage.backward(batch, gradient);
    return loss;
  }
}

/** Equal parts of a tensor's rows, as views. @throws ERR_SCHEMA */
function divide({ data, shape }: PlainTensor, parts: number): PlainTensor[] {
  const [rows = 0, ...row] = shape;
  if (!Number.isInteger(parts) || parts < 1 || rows % parts !== 0) {
    throw new TroupeError("ERR_SCHEMA", `${rows} rows cannot be divided into ${parts} equal parts.`);
  }
  const width = (rows / parts) * sizeOfShape(row);
  return Array.from({ length: parts }, (_, part) => ({
    data: data.subarray(part * width, (part + 1) * width),
    shape: [rows / parts, ...row],
  }));
}
