import { decodeFrames, encode, encodeFrames, isTroupeError } from "@troupe/core";

import { storeFrom } from "./stored-value.js";

/** Arrays lie at multiples of this in an object's block, so that a view of any type can be had of them. */
const alignment = 64;
/** Bytes of a number in a block's table. */
const wordBytes = 8;

/** A value as bytes. They share memory with its arrays: to be used before anything is written there. */
export interface Packed {
  /** What the codec wrote, then the arrays of 1 KiB and more that it left out. */
  readonly frames: readonly Uint8Array[];
  /** Bytes that it takes laid out in a block. */
  readonly byteLength: number;
}

/** @throws ERR_NOT_SERIALIZABLE naming the path to what cannot be an object's value. */
export function pack(value: unknown): Packed {
  const frames = encodeFrames(value, { byteLimit: Number.MAX_SAFE_INTEGER });
  let end = wordBytes * (1 + frames.length);
  for (const [index, frame] of frames.entries()) end = placeOf(index, end) + frame.byteLength;
  return { frames, byteLength: end };
}

/**
 * A value as bytes of one piece; `undefined` for one that is large.
 *
 * @throws ERR_NOT_SERIALIZABLE
 */
export function packSmall(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value) && value.byteLength >= storeFrom) return undefined;
  try {
    return encode(value, { byteLimit: storeFrom });
  } catch (error) {
    if (isTroupeError(error, "ERR_MESSAGE_TOO_LARGE")) return undefined;
    throw error;
  }
}

/** The value of what {@link packSmall} gave, with arrays of its own. @param context As of {@link unpack}. */
export function unpackSmall(bytes: Uint8Array, context?: unknown): unknown {
  return decodeFrames([Buffer.from(bytes)], context);
}

/** Bytes from a block's beginning to its only array, when the value is one. */
export const firstArrayAt = alignment;

/** Writes a block: how many frames there are, the length of each, and the frames. */
export function layOut({ frames }: Packed, block: Uint8Array): void {
  const table = new DataView(block.buffer, block.byteOffset, wordBytes * (1 + frames.length));
  table.setFloat64(0, frames.length, true);
  let end = table.byteLength;
  for (const [index, frame] of frames.entries()) {
    table.setFloat64(wordBytes * (1 + index), frame.byteLength, true);
    const at = placeOf(index, end);
    // Memory that came from `alloc` is in its place already.
    if (frame.buffer !== block.buffer || frame.byteOffset !== block.byteOffset + at) block.set(frame, at);
    end = at + frame.byteLength;
  }
}

/**
 * The value of a block; its arrays are views of it.
 *
 * @param context Told to extensions of the codec: which object the bytes are of.
 * @throws ERR_PROTOCOL when the bytes are no block.
 */
export function unpack(block: Uint8Array, context?: unknown): unknown {
  const { buffer, byteOffset, byteLength } = block;
  const table = new DataView(buffer, byteOffset, byteLength);
  const count = byteLength < wordBytes ? 0 : table.getFloat64(0, true);
  const frames: Uint8Array[] = [];
  let end = wordBytes * (1 + count);
  for (let index = 0; index < count && end <= byteLength; index++) {
    const at = placeOf(index, end);
    end = at + table.getFloat64(wordBytes * (1 + index), true);
    frames.push(block.subarray(at, end));
  }
  return decodeFrames(frames, context);
}

/** Where a frame begins that comes after so many bytes. The first is read byte by byte. */
function placeOf(index: number, end: number): number {
  return index === 0 ? end : Math.ceil(end / alignment) * alignment;
}
