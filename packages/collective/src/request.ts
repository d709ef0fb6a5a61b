import { inspect } from "node:util";

import { timeoutProblem, TroupeError, type WaitOptions } from "@troupe/core";

import { algorithms, type Kind } from "./call.js";
import { bytesOf, formOf, type NumberArray, type Numbers, shown, typeOf, types } from "./elements.js";
import type { Ground, Request } from "./operation.js";
import { hasReduction, type Reduction, reductions } from "./reduction.js";
import { isAmong, type Shape, shapes } from "./shapes.js";

/** How members reduce large arrays: see the README. */
export type Algorithm = "auto" | (typeof algorithms)[number];

/** What an operation may be given besides its array. */
export interface Given extends WaitOptions {
  readonly into?: NumberArray | undefined;
  readonly root?: number | undefined;
  readonly op?: Reduction | undefined;
  readonly algorithm?: Algorithm | undefined;
}

/**
 * Bytes of all arrays together up to which each member reduces them itself, which takes one turn in place of two. Of four
 * members on two cores both took the same time for arrays of 16 to 64 KiB each, of two for 128 KiB.
 */
const smallBytes = 128 * 1024;

/** Operations whose result has the form of what is given, so that it may replace that. */
const inPlace: readonly Kind[] = ["reduce", "allreduce", "allToAll"];

/**
 * What a member asks for. What is wrong in itself is no throw but a request that will be refused: the others have to
 * hear of it.
 */
export function requestFor(ground: Ground, kind: Kind, array: unknown, given: Given): Request {
  try {
    return checkedRequest(ground, kind, array, given);
  } catch (error) {
    if (!(error instanceof TroupeError)) throw error;
    const call = { kind, isRefused: true, type: -1, unit: -1, reduction: -1, root: -1, algorithm: -1 };
    return { call, problem: error };
  }
}

function checkedRequest(
  { memory, members, arrays }: Ground,
  kind: Kind,
  array: unknown,
  given: Given,
): Request {
  const { rank, size } = members;
  const { into, root = 0, op = "sum", algorithm = "auto" } = given;
  const shape = shapes[kind];
  const problem = timeoutProblem(given.timeout);
  if (problem !== undefined) throw problem;
  if (!Number.isInteger(root) || root < 0 || root >= size)
    throw wrong(kind, `root is a rank from 0 to ${size - 1}, not ${inspect(root)}`);
  const isReduction = kind === "reduce" || kind === "allreduce" || kind === "reduceScatter";
  if (isReduction && !reductions.includes(op))
    throw wrong(kind, `op is one of ${reductions.join(", ")}, not ${inspect(op)}`);
  if (algorithm !== "auto" && !algorithms.includes(algorithm))
    throw wrong(kind, `algorithm is one of auto, ${algorithms.join(", ")}, not ${inspect(algorithm)}`);

  const gives = isAmong(shape.givers, rank, root);
  const gets = isAmong(shape.getters, rank, root);
  const input = gives ? asArray(kind, "what is given", array) : undefined;
  // What the others have for a broadcast is filled.
  const wanted = kind === "broadcast" && !gives ? array : into;
  const output = gets && wanted !== undefined ? asArray(kind, "into", wanted) : undefined;
  const { type, unit } = formFor(kind, shape, size, input, output);
  if (isReduction && !hasReduction(types[type]!, op))
    throw wrong(kind, `there is no ${op} of ${types[type]!}`);
  const isReplaced = input !== undefined && output !== undefined && overlap(kind, input, output);

  const bytes = unit * bytesOf(Math.max(0, type));
  const hasWays = kind === "reduce" || kind === "allreduce";
  const way = !hasWays
    ? undefined
    : algorithm === "auto"
      ? bytes * size <= smallBytes
        ? "direct"
        : "ring"
      : algorithm;
  const isReached =
    input !== undefined &&
    input.byteLength > memory.slotBytes &&
    way !== "tree" &&
    (way === "ring" || !isReplaced);
  return {
    call: {
      kind,
      isRefused: false,
      type,
      unit,
      reduction: isReduction ? reductions.indexOf(op) : -1,
      root: shape.givers === "all" && shape.getters === "all" ? -1 : root,
      algorithm: way === undefined ? -1 : algorithms.indexOf(way),
      input: isReached ? arrays.placeOf(input) : undefined,
      output: output !== undefined && way === "ring" ? arrays.placeOf(output) : undefined,
    },
    input: input as Numbers | undefined,
    into: output as Numbers | undefined,
  };
}

/** The type and the length of a part, as far as this member says. */
function formFor(
  kind: Kind,
  shape: Shape,
  size: number,
  input: NumberArray | undefined,
  output: NumberArray | undefined,
): { type: number; unit: number } {
  const known = input ?? output;
  if (known === undefined) return { type: -1, unit: -1 };
  const parts = (input === undefined ? shape.gets : shape.gives) === "each" ? size : 1;
  if (known.length % parts !== 0) {
    throw wrong(kind, `an array of ${known.length} elements has no ${size} parts of the same length`);
  }
  const type = typeOf(known)!;
  const unit = known.length / parts;
  if (input !== undefined && output !== undefined) {
    const length = shape.gets === "each" ? unit * size : unit;
    if (typeOf(output) !== type || output.length !== length) {
      throw new TroupeError(
        "ERR_SCHEMA",
        `${kind}: what comes is ${formOf(type, length)}, into is ${formOf(typeOf(output)!, output.length)}.`,
      );
    }
  }
  return { type, unit };
}

function asArray(kind: Kind, what: string, value: unknown): NumberArray {
  if (typeOf(value) !== undefined) return value as NumberArray;
  throw wrong(kind, `${what} is a typed array of ${types.join(", ")}, not ${shown(value)}`);
}

/** Whether the two are the same elements. @throws ERR_CONFIG when they are so in part, or may not be */
function overlap(kind: Kind, input: NumberArray, output: NumberArray): boolean {
  if (input.buffer !== output.buffer) return false;
  const [a, b] = [input.byteOffset, output.byteOffset];
  if (a >= b + output.byteLength || b >= a + input.byteLength) return false;
  if (a === b && inPlace.includes(kind)) return true;
  throw wrong(kind, "into and what is given have elements in common; give another array, or no into");
}

function wrong(kind: Kind, problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `${kind}: ${problem}.`);
}
