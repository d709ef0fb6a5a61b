import { TroupeError } from "@troupe/core";

import { Segment } from "../segment/segment.js";

/*
 * A ring in memory: a header, then `capacity` bytes of records, a power of two.
 *
 * `tail` counts the bytes that were ever written, `head` those that were ever read, both modulo 2^32; each is
 * stored by one side only. What lies between them belongs to the reader, the rest to the writer.
 *
 * A record begins at a multiple of 8 and is one piece:
 *
 *   word 0   bytes of the record, up to the end of its last frame; or `skipMarker`: go on at the ring's start
 *   word 1   number of frames
 *   word 2   tag, the caller's own
 *   word 3…  bytes of each frame
 *   frames, each at a multiple of 8
 */

/** Marks what the header is of, and its version. */
const magic = 0x54524731;

/** Words of the header. What two sides write stands on lines of the cache of their own. */
const magicWord = 0;
const capacityWord = 1;
export const tailWord = 16;
export const headWord = 32;
export const readerSleepsWord = 48;
export const writerSleepsWord = 64;
const headerBytes = 512;

/** Words of a record before the lengths of its frames. */
export const recordHeadWords = 3;
/** In the place of a record's length: the next record is at the start of the ring. */
export const skipMarker = -1;

const smallest = 1024;
const largest = 2 ** 30;

/** A ring's segment and the views that both sides work on. */
export interface RingMemory {
  readonly segment: Segment;
  readonly header: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly capacity: number;
}

/** @throws ERR_CONFIG when the length is no power of two from 1 KiB to 1 GiB; what {@link Segment.create} throws. */
export function createRing(capacity: number): RingMemory {
  if (!isCapacity(capacity)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A ring's length is a power of two from ${smallest} to ${largest} bytes, which ${capacity} is not.`,
    );
  }
  const memory = over(Segment.create("ring", headerBytes + capacity), capacity);
  memory.header[capacityWord] = capacity;
  Atomics.store(memory.header, magicWord, magic);
  return memory;
}

/** @throws ERR_PROTOCOL when the segment is no ring; what {@link Segment.open} throws. */
export function openRing(name: string): RingMemory {
  const segment = Segment.open(name);
  const capacity = segment.byteLength - headerBytes;
  if (isCapacity(capacity)) {
    const memory = over(segment, capacity);
    if (Atomics.load(memory.header, magicWord) === magic && memory.header[capacityWord] === capacity) {
      return memory;
    }
  }
  segment.close();
  throw new TroupeError("ERR_PROTOCOL", `The segment ${name} is no ring of this release.`, {
    details: { name },
  });
}

/** The next multiple of 8. */
export function aligned(byteLength: number): number {
  return (byteLength + 7) & ~7;
}

/** What a record of these frames takes, to hold against {@link RingWriter.maxRecord}. */
export function recordByteLength(frames: readonly Uint8Array[]): number {
  let length = aligned(4 * (recordHeadWords + frames.length));
  for (let i = 0; i < frames.length; i++) length = aligned(length) + frames[i]!.byteLength;
  return length;
}

function over(segment: Segment, capacity: number): RingMemory {
  return {
    segment,
    capacity,
    header: new Int32Array(segment.buffer, 0, headerBytes / 4),
    words: new Int32Array(segment.buffer, headerBytes, capacity / 4),
    bytes: new Uint8Array(segment.buffer, headerBytes, capacity),
  };
}

function isCapacity(length: number): boolean {
  return length >= smallest && length <= largest && Number.isInteger(Math.log2(length));
}
