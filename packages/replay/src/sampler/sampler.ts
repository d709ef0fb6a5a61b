import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { Descent } from "../tree/descent.js";
import { OldestFirst, NewestFirst } from "./by-age.js";
import { ByRank } from "./by-rank.js";
import { Prioritized } from "./prioritized.js";
import { Uniform } from "./uniform.js";

/** Chooses the rows of a batch. They are claimed, copied and checked by others, and may be gone by then. */
export interface Picker {
  /** Whether each row is given once in a batch, in an order that the batch is to have. */
  readonly isOrdered: boolean;
  /** Whether the batch has them in the opposite order. */
  readonly isReversed: boolean;
  /** A new batch of `n` rows begins. */
  begin(n: number): void;
  /** The row for the `i`th place, one that was stable a moment ago; -1 when there is none. */
  next(i: number): number;
  /** Importance weights for the rows, where the batch is not of all equally. */
  weigh?(slots: Int32Array, weights: Float32Array, n: number, beta: number | undefined): void;
}

/** Picks by the sampler of the buffer's definition. */
export function pickerFor(memory: Memory, head: Head): Picker {
  const { sampler, remover } = memory.definition;
  const { trees } = memory;
  switch (sampler.kind) {
    case "uniform":
      return new Uniform(memory, head);
    case "prioritized":
      return new Prioritized(memory, head, sampler.beta);
    case "minHeap":
      return new ByRank(memory, new Descent(trees.get("least")!, "min"));
    case "maxHeap":
      return new ByRank(memory, new Descent(trees.get("greatest")!, "max"));
    case "fifo":
      return remover.kind === "fifo"
        ? new OldestFirst(memory)
        : new ByRank(memory, new Descent(trees.get("oldest")!, "min"));
    case "lifo":
    case "newest":
      return remover.kind === "fifo"
        ? new NewestFirst(memory, sampler.kind === "newest")
        : new ByRank(memory, new Descent(trees.get("newest")!, "max"), sampler.kind === "newest");
  }
}
