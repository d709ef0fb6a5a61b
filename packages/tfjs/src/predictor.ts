import type { Tensor } from "@tensorflow/tfjs";
import { sizeOfShape, type Tensors as AnyTensors, TroupeError } from "@troupe/core";

import { loadTensorFlow } from "./load.js";
import type { TF } from "./tensorflow.js";
import type { PlainTensor, Tensors } from "./weights/tensors.js";
import { plainTensor, readWeights, type Weighted, writeWeights } from "./weights/weights.js";

/** Options of a {@link Predictor}. */
export interface PredictorOptions {
  /** Rows that are computed at once, at most. A call with more is computed whole. Default: 64. */
  readonly maxRows?: number | undefined;
  /** Milliseconds that a call waits for others. Default: 1. */
  readonly maxDelay?: number | undefined;
  /** Rows that wait, at most. Default: 65,536. */
  readonly maxWaiting?: number | undefined;
}

/** A model that a {@link Predictor} runs: of layers, or a function with its variables. */
export interface Predicts {
  /** Of one row. */
  readonly inputShape: readonly number[];
  readonly weights: Weighted;
  /** From rows to rows. */
  predict(rows: Tensor): Tensor;
}

interface Waiting {
  readonly data: Float32Array;
  readonly rows: number;
  resolve(output: PlainTensor): void;
  reject(error: unknown): void;
}

/**
 * Inference for many callers: their calls are collected, until there are `maxRows` or the first has waited for `maxDelay`, and
 * computed at once. A plain class; as an actor it takes calls side by side:
 *
 * ```ts
 * export const Policy = dist(class Policy extends Predictor {
 *   build(tf: TF) { … }
 * }, import.meta, { concurrency: "unbounded" });
 * const { data } = await (await Policy.create()).predict(observation);
 * ```
 */
export abstract class Predictor {
  readonly #maxRows: number;
  readonly #maxDelay: number;
  readonly #maxWaiting: number;
  #waiting: Waiting[] = [];
  #rows = 0;
  #timer: NodeJS.Timeout | undefined;
  #tf: TF | undefined;
  #model: Predicts | undefined;
  /** Calls that were answered, and how many times the model ran for them. */
  readonly #counts = { calls: 0, rows: 0, runs: 0 };

  constructor({ maxRows = 64, maxDelay = 1, maxWaiting = 65_536 }: PredictorOptions = {}) {
    this.#maxRows = positive("maxRows", maxRows);
    this.#maxDelay = positive("maxDelay", maxDelay);
    this.#maxWaiting = positive("maxWaiting", maxWaiting);
  }

  /** Makes the model. */
  protected abstract build(tf: TF): Predicts | Promise<Predicts>;

  /** To be called before the rest; an actor's is. @throws ERR_MODULE without TensorFlow.js. */
  async onStart(): Promise<void> {
    const { tf } = await loadTensorFlow();
    this.#model = await this.build(tf);
    this.#tf = tf;
  }

  /**
   * The model's output for one row, or for several after each other.
   *
   * @param data Rows of the model's input shape; it may change as soon as the call returns.
   * @returns Of shape [rows, …].
   * @throws ERR_SCHEMA for what is no number of whole rows, ERR_MAILBOX_FULL when too many wait.
   */
  predict(data: Float32Array): Promise<PlainTensor> {
    return new Promise((resolve, reject) => {
      const row = this.#row;
      const count = data.length / row.size;
      if (!(data instanceof Float32Array) || count < 1 || !Number.isInteger(count)) {
        throw new TroupeError(
          "ERR_SCHEMA",
          `predict() takes a Float32Array of whole rows of ${row.size} numbers, of shape [${row.shape.join(", ")}]; it got ${data.length} numbers.`,
          { details: { expected: row.shape, length: data.length } },
        );
      }
      if (this.#rows + count > this.#maxWaiting) {
        throw new TroupeError("ERR_MAILBOX_FULL", `${this.#rows} rows wait for this model already.`, {
          retryable: true,
        });
      }
      this.#waiting.push({ data: data.slice(), rows: count, resolve, reject });
      this.#rows += count;
      if (this.#rows >= this.#maxRows) this.#run();
      else this.#timer ??= setTimeout(() => this.#run(), this.#maxDelay);
    });
  }

  /** Gives the model other weights, for the calls from now on. @throws ERR_SCHEMA */
  load(weights: AnyTensors): void {
    writeWeights(this.#tensorFlow, this.#ready.weights, weights);
  }

  /** The model's weights. */
  weights(): Promise<Tensors> {
    return readWeights(this.#ready.weights);
  }

  /** Calls and rows that were answered, and how many times the model ran for them. */
  stats(): { readonly calls: number; readonly rows: number; readonly runs: number } {
    return { ...this.#counts };
  }

  /** What waits is computed before the end. */
  onStop(): void {
    this.#run();
  }

  get #ready(): Predicts {
    if (this.#model) return this.#model;
    throw new TroupeError("ERR_CLOSED", "This model is not loaded yet: onStart() is to be called before.");
  }

  get #tensorFlow(): TF {
    return this.#ready && this.#tf!;
  }

  get #row(): { readonly shape: readonly number[]; readonly size: number } {
    const { inputShape: shape } = this.#ready;
    return { shape, size: sizeOfShape(shape) };
  }

  /** Computes what waits. */
  #run(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch = this.#waiting;
    const total = this.#rows;
    this.#waiting = [];
    this.#rows = 0;
    if (batch.length === 0) return;
    this.#compute(batch, total).catch((error: unknown) => {
      for (const { reject } of batch) reject(error);
    });
  }

  async #compute(batch: readonly Waiting[], total: number): Promise<void> {
    const { shape, size } = this.#row;
    const input = new Float32Array(total * size);
    let at = 0;
    for (const { data } of batch) {
      input.set(data, at);
      at += data.length;
    }
    const tf = this.#tensorFlow;
    const output = tf.tidy(() => this.#ready.predict(tf.tensor(input, [total, ...shape])));
    const { data, shape: given } = await plainTensor(output).finally(() => output.dispose());
    const width = sizeOfShape(given.slice(1));
    this.#counts.runs++;
    let row = 0;
    for (const { rows, resolve } of batch) {
      this.#counts.calls++;
      this.#counts.rows += rows;
      resolve({ data: data.slice(row * width, (row += rows) * width), shape: [rows, ...given.slice(1)] });
    }
  }
}

function positive(option: string, value: number): number {
  if (value > 0) return value;
  throw new TroupeError("ERR_CONFIG", `${option} is a number above 0, not ${value}.`, {
    details: { option },
  });
}
