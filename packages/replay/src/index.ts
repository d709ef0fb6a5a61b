/**
 * A replay buffer in shared memory: many writers and readers in many processes, without locks on the way, samplers
 * with exact distributions, rate limiters, safe areas, n-step returns and sequences.
 *
 * ```ts
 * import { field, prioritized, ReplayBuffer } from "@troupe/replay";
 *
 * const replay = ReplayBuffer.create({
 *   capacity: 100_000,
 *   schema: { obs: field("float32", [4]), action: field("int32"), reward: field("float32") },
 *   sampler: prioritized({ alpha: 0.6, beta: 0.4 }),
 * });
 * const writer = replay.writer(); // here or in any process that opens replay.name, or gets it in a message
 * for (let i = 0; i < 64; i++) writer.write({ obs: [i, 0, 0, 0], action: i % 2, reward: 1 });
 * const batch = replay.reader().sample(32)!;
 * batch.columns.obs; // Float32Array of 32 × 4
 * replay.updatePriorities(batch.indices, new Float32Array(32).fill(0.5)); // 32 rows
 * replay.close();
 * ```
 *
 * @module
 */
export { type LoadOptions, ReplayBuffer } from "./replay-buffer.js";
export type { ElementType } from "@troupe/shm";
export type { ReplayOptions } from "./options.js";
export {
  type ArrayOf,
  type Columns,
  type ColumnsToWrite,
  field,
  type Field,
  type Row,
  type Schema,
} from "./schema/field.js";
export {
  fifo,
  lifo,
  maxHeap,
  minHeap,
  newest,
  prioritized,
  type Remover,
  type Sampler,
  uniform,
} from "./policies.js";
export { minSize, queue, type RateLimiter, sampleToInsertRatio } from "./rate-limiter.js";
export type { OnSafeArea } from "./placement/placement.js";
export type { WriteBatchOptions, WriteOptions, Writer, WriterOptions } from "./writer.js";
export type { Reader, ReaderOptions, SampleOptions } from "./reader.js";
export type { Batch } from "./batch.js";
export type { Area } from "./area.js";
export type { Counts, HeadStats, ReplayStats } from "./statistics.js";
export { nStep, type NStepOptions, type NStepWriter, type Step } from "./n-step.js";
export { sequences, type SequenceOptions, type SequenceStep, type SequenceWriter } from "./sequences.js";
export { type ReplayShard, ReplayShards } from "./shards.js";
