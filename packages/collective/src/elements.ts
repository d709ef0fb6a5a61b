import { inspect } from "node:util";

import { elementArrays, type ElementType } from "@troupe/shm";

/** What members give each other: a typed array of any type of element. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** The typed array of a type of element. */
export type ArrayOf<T extends ElementType> = InstanceType<(typeof elementArrays)[T]>;

/** Numbers of any type, when it does not matter which. */
export type Numbers = Float64Array;

/** Types in the order of their numbers in shared memory. */
export const types = Object.keys(elementArrays) as ElementType[];

const typeNumbers = new Map(types.map((type, i) => [elementArrays[type].name, i]));

/** The number of an array's type; `undefined` for what is no array of numbers. */
export function typeOf(value: unknown): number | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  // The tag names the kind of array whatever its subclass or realm.
  return typeNumbers.get(Object.prototype.toString.call(value).slice("[object ".length, -1));
}

/** Bytes of an element of the type of that number. */
export function bytesOf(type: number): number {
  return elementArrays[types[type]!].BYTES_PER_ELEMENT;
}

/** An array of zeros, of the type of that number. */
export function freshArray(type: number, length: number): Numbers {
  return new elementArrays[types[type]!](length) as unknown as Numbers;
}

/** An array over memory, of the type of that number. */
export function arrayOver(type: number, buffer: ArrayBuffer, offset: number, length: number): Numbers {
  return new elementArrays[types[type]!](buffer, offset, length) as unknown as Numbers;
}

/** Such as `float32 [1024]`. */
export function formOf(type: number, length: number): string {
  return `${types[type] ?? "unknown"} [${length}]`;
}

/** What a caller gave in place of an array. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 0, maxArrayLength: 3, maxStringLength: 50 });
}
