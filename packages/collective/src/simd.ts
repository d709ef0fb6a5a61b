import type { ElementType } from "@troupe/shm";

import type { Reduction } from "./reduction.js";

/** Bytes that are combined at once: two of these are in the first cache of the processor. */
export const areaBytes = 16 * 1024;

const resultAt = 0;
/** Not at the same place of a page as the result, where some processors confuse the two. */
const nextAt = areaBytes + 64;

/** The numbers of WebAssembly's vector instructions. */
const instructions: Readonly<Record<ElementType, Readonly<Partial<Record<Reduction, number>>>>> = {
  int8: { sum: 0x6e, min: 0x76, max: 0x78, and: 0x4e, or: 0x50 },
  uint8: { sum: 0x6e, min: 0x77, max: 0x79, and: 0x4e, or: 0x50 },
  int16: { sum: 0x8e, product: 0x95, min: 0x96, max: 0x98, and: 0x4e, or: 0x50 },
  uint16: { sum: 0x8e, product: 0x95, min: 0x97, max: 0x99, and: 0x4e, or: 0x50 },
  int32: { sum: 0xae, product: 0xb5, min: 0xb6, max: 0xb8, and: 0x4e, or: 0x50 },
  uint32: { sum: 0xae, product: 0xb5, min: 0xb7, max: 0xb9, and: 0x4e, or: 0x50 },
  int64: { sum: 0xce, product: 0xd5, and: 0x4e, or: 0x50 },
  uint64: { sum: 0xce, product: 0xd5, and: 0x4e, or: 0x50 },
  float32: { sum: 0xe4, product: 0xe6, min: 0xe8, max: 0xe9 },
  float64: { sum: 0xf0, product: 0xf2, min: 0xf4, max: 0xf5 },
};

/** Where arrays are combined: the result, and what comes next. */
interface Workspace {
  readonly buffer: ArrayBuffer;
  readonly resultAt: number;
  readonly nextAt: number;
}

/** What is used of WebAssembly, of which the types of Node say nothing. */
interface Wasm {
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: { f(bytes: number): void } };
}

/** Not there in a Node that was started without its compiler. */
const wasm = (globalThis as { readonly WebAssembly?: Wasm }).WebAssembly;
let memory: { readonly buffer: ArrayBuffer } | undefined;

/** Memory of WebAssembly where there is that, else any. */
export function workspace(): Workspace {
  return { buffer: areas().buffer, resultAt, nextAt };
}

function areas(): { readonly buffer: ArrayBuffer } {
  if (wasm === undefined) return (memory ??= { buffer: new ArrayBuffer(2 * areaBytes + 64) });
  return (memory ??= new wasm.Memory({ initial: 1, maximum: 1 }));
}

/**
 * Combines so many bytes of the {@link workspace}, `result = result ○ next`, and some more up to the next 64;
 * `undefined` where there is no instruction for it.
 */
export function simdCombine(type: ElementType, reduction: Reduction): ((bytes: number) => void) | undefined {
  const instruction = instructions[type][reduction];
  if (instruction === undefined || wasm === undefined) return undefined;
  const module = new wasm.Module(moduleOf(instruction));
  return new wasm.Instance(module, { m: { m: areas() } }).exports.f;
}

/** Bytes in one round of the loop. */
const roundBytes = 64;

/**
 * A module of one function, whose loop goes over so many bytes of the memory:
 *
 * ```wat
 * (module
 *   (import "m" "m" (memory 1 1))
 *   (func (export "f") (param $end i32) (local $at i32)
 *     (loop $again
 *       ;; four times, each 16 bytes further on
 *       (v128.store (local.get $at)
 *         (‹instruction› (v128.load (local.get $at)) (v128.load offset=‹nextAt› (local.get $at))))
 *       (br_if $again (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 64))) (local.get $end))))))
 * ```
 */
function moduleOf(instruction: number): Uint8Array {
  const getAt = [0x20, 1];
  const access = (opcode: number, offset: number) => [0xfd, opcode, 4, ...unsigned(offset)];
  const round = Array.from({ length: roundBytes / 16 }, (_, i) => [
    ...getAt,
    ...getAt,
    ...access(0x00, resultAt + 16 * i),
    ...getAt,
    ...access(0x00, nextAt + 16 * i),
    ...[0xfd, ...unsigned(instruction)],
    ...access(0x0b, resultAt + 16 * i),
  ]).flat();
  const advance = [...getAt, 0x41, 0x80 | (roundBytes & 0x7f), roundBytes >> 7, 0x6a, 0x22, 1];
  const loop = [0x03, 0x40, ...round, ...advance, 0x20, 0, 0x49, 0x0d, 0, 0x0b];
  const body = sized([1, 1, 0x7f, ...loop, 0x0b]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized([1, 0x60, 1, 0x7f, 0])],
    ...[2, ...sized([1, 1, 0x6d, 1, 0x6d, 2, 1, 1, 1])],
    ...[3, ...sized([1, 0])],
    ...[7, ...sized([1, 1, 0x66, 0, 0])],
    ...[10, ...sized([1, ...body])],
  ]);
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

/** A number in LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
