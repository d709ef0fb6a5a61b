import { checkKnown, TroupeError } from "@troupe/core";

/** Which rows a batch has; plain data, made by the functions of their names. */
export type Sampler =
  | { readonly kind: "uniform" | "fifo" | "lifo" | "newest" | "minHeap" | "maxHeap" }
  | { readonly kind: "prioritized"; readonly alpha: number; readonly beta: number };

/** Which row goes when a full buffer gets another; plain data, made by the functions of their names. */
export interface Remover {
  readonly kind: "fifo" | "lifo" | "uniform" | "minHeap" | "maxHeap";
}

/** As sampler: any row with the same probability, the same one perhaps several times in a batch. As remover: any row. */
export function uniform(): { readonly kind: "uniform" } {
  return { kind: "uniform" };
}

/** As sampler: the oldest rows, oldest first. As remover: the oldest row. */
export function fifo(): { readonly kind: "fifo" } {
  return { kind: "fifo" };
}

/** As sampler: the newest rows, newest first. As remover: the newest row. */
export function lifo(): { readonly kind: "lifo" } {
  return { kind: "lifo" };
}

/** The newest rows, in the order in which they were written. */
export function newest(): Sampler {
  return { kind: "newest" };
}

/** As sampler: the rows of least priority, least first. As remover: the row of least priority. */
export function minHeap(): { readonly kind: "minHeap" } {
  return { kind: "minHeap" };
}

/** As sampler: the rows of greatest priority, greatest first. As remover: the row of greatest priority. */
export function maxHeap(): { readonly kind: "maxHeap" } {
  return { kind: "maxHeap" };
}

/**
 * Rows in proportion to priority^alpha, with importance weights (N·P)^-beta over the batch's greatest (Schaul et
 * al., Prioritized Experience Replay, 2016). A batch is stratified: each of its n rows is drawn from an n-th of the
 * sum. A new row has the greatest priority so far, unless it is written with one.
 *
 * @param options `alpha` is 0.6 by default, 0 is uniform; `beta` is 0.4 by default, and each sample may have its own.
 * @throws ERR_CONFIG for what is negative or no number, and for what is no option.
 */
export function prioritized(options: { readonly alpha?: number; readonly beta?: number } = {}): Sampler {
  checkKnown("prioritized()", options, ["alpha", "beta"]);
  const { alpha = 0.6, beta = 0.4 } = options;
  checkExponent("alpha", alpha);
  checkExponent("beta", beta);
  return { kind: "prioritized", alpha, beta };
}

/** @throws ERR_CONFIG */
export function checkExponent(name: string, value: unknown): void {
  if (typeof value === "number" && value >= 0 && value < Infinity) return;
  throw new TroupeError("ERR_CONFIG", `${name} is a number from 0 on, not ${String(value)}.`);
}
