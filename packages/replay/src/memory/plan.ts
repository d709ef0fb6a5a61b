import type { Definition } from "../options.js";
import { byteLengthOf } from "../schema/field.js";
import { type Combination, Tree } from "../tree/tree.js";
import { maxHeads } from "./row-state.js";

/** What a tree has for each row: priority^alpha, the priority, or a number that grows with each row written. */
export type TreeName = "weight" | "least" | "greatest" | "oldest" | "newest";

export const combinationOf = {
  weight: "sum",
  least: "min",
  greatest: "max",
  oldest: "min",
  newest: "max",
} as const satisfies Record<TreeName, Combination>;

/** Areas that may be held at once, over all readers: a bit of one word each. */
export const maxAreas = 32;

/** Bytes of a head: two words and its counters. */
export const headBytes = 128;

const line = 64;

/** Where everything is in a buffer's memory, in bytes; it follows from the definition alone. */
export interface Plan {
  readonly control: number;
  readonly heads: number;
  readonly areas: number;
  readonly states: number;
  readonly times: number;
  readonly positions: number;
  readonly trees: ReadonlyMap<TreeName, number>;
  readonly columns: ReadonlyMap<string, number>;
  readonly byteLength: number;
}

/** @param headerBytes What stands before: magic, version and the definition itself. */
export function planFor(definition: Definition, headerBytes: number, controlBytes: number): Plan {
  let end = 0;
  const next = (byteLength: number) => {
    const at = end;
    end = Math.ceil((end + byteLength) / line) * line;
    return at;
  };
  next(headerBytes);
  const { capacity, schema } = definition;
  return {
    control: next(controlBytes),
    heads: next(maxHeads * headBytes),
    areas: next(maxAreas * 16),
    states: next(capacity * 4),
    times: next(definition.maxTimesSampled > 0 ? capacity * 4 : 0),
    positions: next(capacity * 4),
    trees: new Map(treesFor(definition).map((name) => [name, next(Tree.byteLength(capacity))])),
    columns: new Map(
      Object.entries(schema).map(([name, column]) => [name, next(capacity * byteLengthOf(column))]),
    ),
    byteLength: end,
  };
}

/** The trees that the sampler and the remover need. Where rows go by age, the ring itself has their order. */
function treesFor({ sampler, remover }: Definition): TreeName[] {
  const names = new Set<TreeName>();
  if (sampler.kind === "prioritized") names.add("weight");
  if (sampler.kind === "minHeap" || remover.kind === "minHeap") names.add("least");
  if (sampler.kind === "maxHeap" || remover.kind === "maxHeap") names.add("greatest");
  if (remover.kind === "lifo") names.add("newest");
  if (remover.kind !== "fifo" && sampler.kind === "fifo") names.add("oldest");
  if (remover.kind !== "fifo" && (sampler.kind === "lifo" || sampler.kind === "newest")) names.add("newest");
  return [...names];
}
