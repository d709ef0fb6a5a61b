import { TroupeError } from "@troupe/core";
import { Segment } from "@troupe/shm";

import { firstArrayAt } from "../value/packed.js";

const types = {
  int8: Int8Array,
  uint8: Uint8Array,
  uint8clamped: Uint8ClampedArray,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bigint64: BigInt64Array,
  biguint64: BigUint64Array,
} as const;

/** Names of element types, as `alloc` takes them. */
export type DataType = keyof typeof types;

/** The typed array of an element type. */
export type TypedArrayOf<D extends DataType> = InstanceType<(typeof types)[D]>;

interface ArrayTypeOf<D extends DataType> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, offset: number, length: number): TypedArrayOf<D>;
}

/** Segments of arrays that were allocated and not put yet. */
const segments = new WeakMap<ArrayBufferLike, Segment>();
/** Gives the memory of those back that nobody put. */
const dropped = new FinalizationRegistry<Segment>((segment) => segment[Symbol.dispose]());

/**
 * A typed array of zeros in shared memory: `put` of it copies nothing. It is to be filled before that; what is written
 * through it later stays in this process.
 *
 * ```ts
 * const block = alloc("float32", [1024, 1024]); // Float32Array of 1,048,576 elements
 * block.fill(0.5);
 * const ref = put(block);
 * ```
 *
 * @param type An element type: `float32`, `uint8`, `bigint64`.
 * @param shape The lengths of its dimensions; the array itself is flat, of their product.
 * @throws ERR_CONFIG for a type or a shape that is none, or where shared memory is not available; ERR_STORE_FULL
 */
export function alloc<D extends DataType>(type: D, shape: number | readonly number[]): TypedArrayOf<D> {
  if (!Object.hasOwn(types, type)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `alloc() knows no element type ${JSON.stringify(type)}; it takes ${Object.keys(types).join(", ")}.`,
    );
  }
  const lengths: readonly unknown[] = typeof shape === "number" ? [shape] : shape;
  const isLength = (length: unknown): length is number =>
    Number.isSafeInteger(length) && (length as number) >= 0;
  const length = Array.isArray(lengths) && lengths.every(isLength) ? lengths.reduce((a, b) => a * b, 1) : NaN;
  if (!Number.isSafeInteger(length)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `alloc() takes a shape of whole numbers from 0, as [1024, 1024], not ${JSON.stringify(shape)}.`,
    );
  }
  const Type = types[type] as unknown as ArrayTypeOf<D>;
  const byteLength = length * Type.BYTES_PER_ELEMENT;
  const segment = Segment.create("object", firstArrayAt + byteLength);
  // Not the segment's own, which lives as long as that.
  const buffer = segment.view(0, segment.byteLength);
  segments.set(buffer, segment);
  dropped.register(buffer, segment, buffer);
  return new Type(buffer, firstArrayAt, length);
}

/** The segment of a whole array that {@link alloc} gave and nobody has taken yet. */
export function takeAllocated(value: unknown): Segment | undefined {
  if (!ArrayBuffer.isView(value) || value.byteOffset !== firstArrayAt) return undefined;
  const { buffer, byteLength } = value;
  const segment = segments.get(buffer);
  if (segment?.byteLength !== firstArrayAt + byteLength) return undefined;
  segments.delete(buffer);
  dropped.unregister(buffer);
  return segment;
}
