import { field, ReplayBuffer, sampleToInsertRatio } from "@troupe/dist";

import { stackBytes, stackSize } from "./pong/frame.js";
import { fieldSize } from "./pong/pong.js";

/** One step of one side. */
export const schema = {
  frames: field("uint8", [stackSize, fieldSize, fieldSize]),
  action: field("uint8"),
  /** How likely it was to whoever did it. */
  chance: field("float32"),
  /** What came of it: 1 or -1 at the next contact, less for each step until then. */
  outcome: field("float32"),
  /** {@link checksum}, where rows are checked. */
  check: field("uint32"),
};

/** Rows in shared memory, from runners to the learner. */
export type Rows = ReplayBuffer<typeof schema>;

/** Rows that are there before the first are sampled. */
const first = 1000;
/** Samples for each row at most: a learner whose runners are slow, or gone, waits for them. */
const samplesPerRow = 8;

/** @throws ERR_STORE_FULL when `/dev/shm` has no room for so many. */
export function makeRows(options: { capacity: number; batch: number; runners: number; seed: number }): Rows {
  const { capacity, batch, runners, seed } = options;
  return ReplayBuffer.create({
    capacity,
    schema,
    // A runner that was killed may still have its own while the next one takes one.
    writers: 2 * runners,
    readers: 2,
    rateLimiter: sampleToInsertRatio({
      ratio: samplesPerRow,
      minSize: Math.max(batch, Math.min(first, capacity)),
      error: [0, Number.MAX_VALUE],
    }),
    seed,
  });
}

/** Of a row: whoever has a part of one and a part of another gets another number. */
export function checksum(frames: Uint8Array, action: number, chance: number, outcome: number): number {
  const words = new Int32Array(frames.buffer, frames.byteOffset, stackBytes / 4);
  let sum = action;
  for (const number of [chance, outcome]) sum = (Math.imul(sum, 31) + Math.fround(number) * 2 ** 24) | 0;
  for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0;
  return sum >>> 0;
}
