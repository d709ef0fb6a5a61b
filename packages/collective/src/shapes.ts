import type { Kind } from "./call.js";
import type { Numbers } from "./elements.js";
import type { Fold } from "./reduction.js";

/** Who gives something in an operation, or gets something. */
type Who = "all" | "root" | "others" | "nobody";

/** What an operation does, whatever the way on which the elements go. */
export interface Shape {
  readonly givers: Who;
  readonly getters: Who;
  /** Whether what is given has a part for each member, or is a single one. */
  readonly gives: "each" | "one";
  /** The same of what is got. */
  readonly gets: "each" | "one";
  /** Takes a piece of each part that this member gets. */
  take(piece: Piece): void;
}

/** Elements `at` to `at + count` of each part. */
export interface Piece {
  readonly rank: number;
  readonly root: number;
  /** Elements of a part. */
  readonly unit: number;
  readonly at: number;
  readonly count: number;
  /** What the givers give, by rank, where this member reads it. */
  readonly sources: readonly Numbers[];
  /** Elements from one part to the next there, and to the piece in a part. */
  readonly stride: number;
  readonly offset: number;
  readonly target: Numbers;
  readonly fold: Fold | undefined;
}

/** The part that a member gave, as a part that this one gets. */
function copy(piece: Piece, giver: number, part: number, to: number): void {
  const { sources, stride, offset, count, target, unit, at } = piece;
  const start = part * stride + offset;
  target.set(sources[giver]!.subarray(start, start + count), to * unit + at);
}

/** That part of all members, reduced. */
function reduce({ fold, target, at, sources, stride, offset, count }: Piece, part: number): void {
  fold!.into(target, at, sources, part * stride + offset, count);
}

const fromAll = { givers: "all", getters: "all", gives: "one", gets: "one" } as const;

export const shapes: Readonly<Record<Kind, Shape>> = {
  barrier: { ...fromAll, givers: "nobody", getters: "nobody", take: () => undefined },
  broadcast: {
    ...fromAll,
    givers: "root",
    getters: "others",
    take: (piece) => copy(piece, piece.root, 0, 0),
  },
  reduce: { ...fromAll, getters: "root", take: (piece) => reduce(piece, 0) },
  allreduce: { ...fromAll, take: (piece) => reduce(piece, 0) },
  gather: { ...fromAll, getters: "root", gets: "each", take: takeEach },
  allgather: { ...fromAll, gets: "each", take: takeEach },
  scatter: {
    ...fromAll,
    givers: "root",
    gives: "each",
    take: (piece) => copy(piece, piece.root, piece.rank, 0),
  },
  reduceScatter: { ...fromAll, gives: "each", take: (piece) => reduce(piece, piece.rank) },
  allToAll: {
    ...fromAll,
    gives: "each",
    gets: "each",
    take(piece) {
      for (const giver of piece.sources.keys()) copy(piece, giver, piece.rank, giver);
    },
  },
};

function takeEach(piece: Piece): void {
  for (const giver of piece.sources.keys()) copy(piece, giver, 0, giver);
}

export function isAmong(who: Who, rank: number, root: number): boolean {
  return who === "all" || (who !== "nobody" && (who === "root") === (rank === root));
}
