import { type ElementType } from "@troupe/shm";

import { arrayOver, bytesOf, type Numbers, types } from "./elements.js";
import { areaBytes, simdCombine, workspace } from "./simd.js";

/** How values of members become one. `and` and `or` are those of the bits of whole numbers. */
export type Reduction = "sum" | "product" | "min" | "max" | "and" | "or";

/** In the order of their numbers in shared memory. */
export const reductions: readonly Reduction[] = ["sum", "product", "min", "max", "and", "or"];

/** Combines the first `count` elements of what came with what there is. */
type Combine = (count: number) => void;

/**
 * Reduces elements of several arrays of a type, some at a time. They are copied into the first cache of the processor
 * and combined there, by its vector instructions where they can: a loop in JavaScript would take several times as long
 * as the memory does.
 */
export class Fold {
  /** Elements that it does at once, at most. */
  readonly length: number;
  readonly #result: Numbers;
  readonly #next: Numbers;
  readonly #combine: Combine;

  private constructor(type: number, reduction: Reduction) {
    const { buffer, resultAt, nextAt } = workspace();
    this.length = areaBytes / bytesOf(type);
    this.#result = arrayOver(type, buffer, resultAt, this.length);
    this.#next = arrayOver(type, buffer, nextAt, this.length);
    this.#combine = combineOf(types[type]!, reduction, this.#result, this.#next);
  }

  /** That of a type and a reduction, which must be one that the type has. */
  static of(type: number, reduction: Reduction): Fold {
    const key = type * reductions.length + reductions.indexOf(reduction);
    return (folds[key] ??= new Fold(type, reduction));
  }

  /** Elements `start` to `start + count` of all arrays, reduced in their order: an array that the next call overwrites. */
  of(arrays: readonly Numbers[], start: number, count: number): Numbers {
    this.#result.set(arrays[0]!.subarray(start, start + count));
    for (let i = 1; i < arrays.length; i++) {
      this.#next.set(arrays[i]!.subarray(start, start + count));
      this.#combine(count);
    }
    return count === this.length ? this.#result : this.#result.subarray(0, count);
  }

  /** Reduces any number of elements of all arrays, from `start` on, to `at`. `to` may be one of them, at the same place. */
  into(to: Numbers, at: number, arrays: readonly Numbers[], start: number, count: number): void {
    for (let done = 0; done < count; done += this.length)
      to.set(this.of(arrays, start + done, Math.min(this.length, count - done)), at + done);
  }
}

const folds: Fold[] = [];

/** Whether elements of a type can be reduced so. */
export function hasReduction(type: ElementType, reduction: Reduction): boolean {
  return !(type.startsWith("float") && (reduction === "and" || reduction === "or"));
}

function combineOf(type: ElementType, reduction: Reduction, result: Numbers, next: Numbers): Combine {
  const simd = simdCombine(type, reduction);
  if (simd !== undefined) return (count) => simd(count * result.BYTES_PER_ELEMENT);
  const operator = operatorOf(type, reduction);
  return (count) => {
    for (let i = 0; i < count; i++) result[i] = operator(result[i]!, next[i]!);
  };
}

type Operator = (a: number, b: number) => number;

/** For what the processor has no vector instruction for. What is too large wraps as it is stored. */
const operators: Readonly<Record<Reduction, Operator>> = {
  sum: (a, b) => a + b,
  // Whole numbers of 64 bits are bigints here.
  product: (a, b) => a * b,
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
};

/** These are not those of bigints. */
const ofFloats: Readonly<Partial<Record<Reduction, Operator>>> = { min: Math.min, max: Math.max };
const ofShortIntegers: Readonly<Partial<Record<Reduction, Operator>>> = { product: Math.imul };

function operatorOf(type: ElementType, reduction: Reduction): Operator {
  const own = type.startsWith("float") ? ofFloats : type.endsWith("64") ? {} : ofShortIntegers;
  return own[reduction] ?? operators[reduction];
}
