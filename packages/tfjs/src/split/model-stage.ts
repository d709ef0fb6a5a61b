import type { LayersModel, Optimizer, Scalar, Tensor } from "@tensorflow/tfjs";
import { type Tensors as AnyTensors, TroupeError } from "@troupe/core";

import { checkStep, differentiate, normOf } from "../gradients.js";
import { loadTensorFlow } from "../load.js";
import type { TF } from "../tensorflow.js";
import type { PlainTensor, Tensors } from "../weights/tensors.js";
import { plainTensor, readWeights, toTensor, variablesOf, writeWeights } from "../weights/weights.js";

/** Batches that a stage may have seen forward and not backward. */
const maxPending = 1_024;

/** What the last stage makes of a batch. */
export interface StageLoss {
  readonly loss: number;
  /** Of the loss, by the stage's input. */
  readonly gradient: PlainTensor;
}

/**
 * A part of a model that is split over actors; {@link SplitModel} trains them as one. A plain class: extend it, and make it an
 * actor by `dist()`.
 *
 * What it needs for going back it computes again from its input, as GPipe does (Huang et al., "GPipe: Efficient Training of
 * Giant Neural Networks using Pipeline Parallelism", 2019): only inputs are kept. Layers that throw dice, such as dropout, are
 * therefore not for it.
 */
export abstract class ModelStage {
  #tf: TF | undefined;
  #model: LayersModel | undefined;
  #optimizer: Optimizer | undefined;
  readonly #inputs = new Map<number, PlainTensor>();
  /** Sums of the gradients of batches, by variable. */
  #sums: Record<string, Tensor> | undefined;

  /** Makes this part of the model. */
  protected abstract build(tf: TF): LayersModel | Promise<LayersModel>;

  /** Makes what takes the steps. */
  protected abstract optimizer(tf: TF): Optimizer;

  /** What the last stage's output is measured by; the mean of squares by default. */
  protected loss(tf: TF, output: Tensor, target: Tensor): Scalar {
    return tf.losses.meanSquaredError<Tensor, Scalar>(target, output);
  }

  /** To be called before the rest; an actor's is. @throws ERR_MODULE without TensorFlow.js. */
  async onStart(): Promise<void> {
    const { tf } = await loadTensorFlow();
    this.#model = await this.build(tf);
    this.#optimizer = this.optimizer(tf);
    this.#tf = tf;
  }

  /** The output for a batch, of which nothing is kept. */
  async predict(input: PlainTensor): Promise<PlainTensor> {
    const output = this.#tensorFlow.tidy(
      () => this.#layers.apply(toTensor(this.#tensorFlow, input)) as Tensor,
    );
    return plainTensor(output).finally(() => output.dispose());
  }

  /** The output for a batch, whose way back is to come. @throws ERR_MAILBOX_FULL when that of too many is. */
  forward(batch: number, input: PlainTensor): Promise<PlainTensor> {
    if (this.#inputs.size >= maxPending) {
      throw new TroupeError("ERR_MAILBOX_FULL", `${maxPending} batches have not come back to this stage.`);
    }
    this.#inputs.set(batch, input);
    return this.predict(input);
  }

  /**
   * The way back of a batch: adds to the gradients of this stage.
   *
   * @param gradient Of the loss, by this stage's output.
   * @returns That by its input.
   * @throws ERR_CLOSED for a batch that did not come forward; ERR_SCHEMA when a gradient is no number.
   */
  backward(batch: number, gradient: PlainTensor): Promise<PlainTensor> {
    const input = this.#inputs.get(batch);
    if (!input) throw new TroupeError("ERR_CLOSED", `Batch ${batch} did not come forward to this stage.`);
    this.#inputs.delete(batch);
    const tf = this.#tensorFlow;
    const along = toTensor(tf, gradient);
    // Its derivative by anything is that of the loss.
    const product = (output: Tensor) => tf.sum<Scalar>(tf.mul(output, along));
    return this.#differentiate(input, product)
      .then((result) => result.gradient)
      .finally(() => along.dispose());
  }

  /** For the last stage: forward, the loss, and back. @throws ERR_SCHEMA when the loss, or a gradient, is no number. */
  learn(input: PlainTensor, target: PlainTensor): Promise<StageLoss> {
    const tf = this.#tensorFlow;
    const wanted = toTensor(tf, target);
    return this.#differentiate(input, (output) => this.loss(tf, output, wanted)).finally(() =>
      wanted.dispose(),
    );
  }

  /** Takes a step by the mean of the gradients of so many batches, and forgets them. */
  apply(batches: number): void {
    const sums = this.#sums;
    this.#sums = undefined;
    this.#inputs.clear();
    if (!sums) return;
    this.#tensorFlow.tidy(() => {
      const means = Object.entries(sums).map(([name, sum]) => [name, this.#tensorFlow.div(sum, batches)]);
      this.#optimizer!.applyGradients(Object.fromEntries(means) as Record<string, Tensor>);
    });
    this.#tensorFlow.dispose(sums);
  }

  /** Forgets batches that will not come back, and what they have added. */
  abandon(): void {
    if (this.#sums) this.#tensorFlow.dispose(this.#sums);
    this.#sums = undefined;
    this.#inputs.clear();
  }

  weights(): Promise<Tensors> {
    return readWeights(this.#layers);
  }

  /** @throws ERR_SCHEMA */
  load(weights: AnyTensors): void {
    writeWeights(this.#tensorFlow, this.#layers, weights);
  }

  get #tensorFlow(): TF {
    return this.#tf ?? notStarted();
  }

  get #layers(): LayersModel {
    return this.#model ?? notStarted();
  }

  async #differentiate(input: PlainTensor, loss: (output: Tensor) => Scalar): Promise<StageLoss> {
    const tf = this.#tensorFlow;
    const model = this.#layers;
    const variables = Object.values(variablesOf(model));
    const x = tf.tidy(() => tf.variable(toTensor(tf, input)));
    const made = tf.tidy(() => {
      const output = () => model.apply(x, { training: true }) as Tensor;
      try {
        const { value, grads } = differentiate(tf, () => loss(output()), [...variables, x]);
        const { [x.name]: gradient, ...own } = grads;
        const sums = this.#sumWith(own);
        checkStep(value.dataSync()[0]!, normOf(tf, { ...sums, [x.name]: gradient! }));
        return { value, gradient: gradient!, sums };
      } finally {
        x.dispose();
      }
    });
    if (this.#sums) tf.dispose(this.#sums);
    this.#sums = made.sums;
    const gradient = await plainTensor(made.gradient);
    const [lossValue] = await made.value.data();
    tf.dispose([made.gradient, made.value]);
    return { loss: lossValue!, gradient };
  }

  /** The sums of gradients with those of one more batch. */
  #sumWith(gradients: Record<string, Tensor>): Record<string, Tensor> {
    const sums = this.#sums;
    if (!sums) return gradients;
    const added = Object.entries(gradients).map(([name, gradient]) => [
      name,
      this.#tensorFlow.add(sums[name]!, gradient),
    ]);
    return Object.fromEntries(added) as Record<string, Tensor>;
  }
}

function notStarted(): never {
  throw new TroupeError("ERR_CLOSED", "This stage is not loaded yet: onStart() is to be called before.");
}
