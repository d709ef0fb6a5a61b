import { type ObjectRef, put } from "@troupe/dist";

import { mix, seenOf, type Value, valueOf } from "../programs/digest.mjs";
import { combine, crunch, expand, flaky, type FolderRef, nested, split, unwrap } from "../programs/graph.mjs";
import type { GraphNode } from "./plan.js";

type Ref = ObjectRef<Value>;

/** A value as it is to be made: its digest, and, if it is large, of how many numbers. */
interface Made {
  readonly digest: number;
  readonly length?: number;
}

/** What a node may do: in plain JavaScript, and on the cluster. */
interface Kind {
  /** How many of the nodes are of it, relative to the others. */
  readonly weight: number;
  /** Values of others that it takes: least and most. */
  readonly takes: readonly [least: number, most: number];
  /** Values that it gives. */
  readonly gives: number;
  /** Whether its values are computed again when their memory is lost. */
  readonly isRebuilt: boolean;
  /** @param seen What is to be seen of the values that it takes. */
  plain(node: GraphNode, seen: readonly number[]): readonly Made[];
  submit(node: GraphNode, taken: readonly Ref[], folder: FolderRef): readonly Ref[];
}

export type KindName =
  | "leaf"
  | "combine"
  | "gather"
  | "expand"
  | "split"
  | "nested"
  | "unwrap"
  | "flaky"
  | "crunch"
  | "put"
  | "fold"
  | "foldLarge";

const small = ({ seed }: GraphNode, seen: readonly number[]): readonly Made[] => [
  { digest: mix(seed, ...seen) },
];
const large = ({ seed, length }: GraphNode, seen: readonly number[]): readonly Made[] => [
  { digest: mix(seed, ...seen), length },
];

/** Levels of tasks within tasks. */
const depth = 2;

export const kinds: Readonly<Record<KindName, Kind>> = {
  leaf: {
    weight: 10,
    takes: [0, 0],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }) => [combine.submit(seed)],
  },
  combine: {
    weight: 50,
    takes: [1, 6],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }, taken) => [combine.submit(seed, ...taken)],
  },
  gather: {
    weight: 1,
    takes: [50, 100],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }, taken) => [combine.with({ scheduling: "locality" }).submit(seed, ...taken)],
  },
  expand: {
    weight: 4,
    takes: [1, 1],
    gives: 1,
    isRebuilt: true,
    plain: large,
    submit: ({ seed, length }, [value]) => [expand.submit(seed, length, value!)],
  },
  split: {
    weight: 2,
    takes: [1, 1],
    gives: 3,
    isRebuilt: true,
    plain({ seed, length }, [value]) {
      const digest = mix(seed, value!);
      return [{ digest: mix(digest, 0) }, { digest: mix(digest, 1), length }, { digest: mix(digest, 2) }];
    },
    submit: ({ seed, length }, [value]) => split.submit(seed, length, value!),
  },
  nested: {
    weight: 1,
    takes: [1, 1],
    gives: 1,
    isRebuilt: true,
    plain: ({ seed, length }, [value]) => [{ digest: nestedPlain(seed, depth, length, value!) }],
    submit: ({ seed, length }, [value]) => [nested.submit(seed, depth, length, value!)],
  },
  unwrap: {
    weight: 4,
    takes: [1, 1],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }, [ref]) => [unwrap.submit(seed, { ref: ref! })],
  },
  flaky: {
    weight: 4,
    takes: [1, 1],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }, [value]) => [flaky.submit(seed, value!)],
  },
  crunch: {
    weight: 0.2,
    takes: [1, 1],
    gives: 1,
    isRebuilt: true,
    plain: small,
    submit: ({ seed }, [value]) => [crunch.submit(seed, value!)],
  },
  put: {
    weight: 1,
    takes: [0, 0],
    gives: 1,
    isRebuilt: false,
    plain: ({ seed, length }) => [{ digest: seed, length }],
    submit: ({ seed, length }) => [put(valueOf(seed, length))],
  },
  fold: {
    weight: 8,
    takes: [1, 1],
    gives: 1,
    isRebuilt: false,
    plain: small,
    submit: ({ seed }, [value], folder) => [folder.fold.remote(seed, value as unknown as Value)],
  },
  foldLarge: {
    weight: 1,
    takes: [1, 1],
    gives: 1,
    isRebuilt: false,
    plain: large,
    submit: ({ seed, length }, [value], folder) => [
      folder.expand.remote(seed, length, value as unknown as Value),
    ],
  },
};

export const kindNames = Object.keys(kinds) as readonly KindName[];

function nestedPlain(seed: number, depth: number, length: number, value: number): number {
  const own = mix(seed, value);
  if (depth === 0) return own;
  const left = nestedPlain(mix(own, 0), depth - 1, length, value);
  const large = seenOf(mix(mix(own, 1), left), length);
  const right = nestedPlain(mix(own, 2), depth - 1, length, large);
  return mix(own, left, right);
}
