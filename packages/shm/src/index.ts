/**
 * Shared memory between the processes of one machine, that no crash can leak or corrupt: segments and typed
 * layouts, a ring of records between two event loops, an arena of large blocks that others read in place.
 *
 * ```ts
 * import { RingReader, RingWriter } from "@troupe/shm";
 *
 * const writer = RingWriter.create(1024 * 1024);
 * const reader = RingReader.open(writer.name); // in another process, which got the name
 * writer.unlink();
 * writer.write([Buffer.from("head"), Buffer.from("body")]); // true
 * reader.read(); // [Buffer "head", Buffer "body"]
 * ```
 *
 * @module
 */
export { setThreadAffinity, threadAffinity } from "./affinity.js";
export { yieldCore } from "./yield-core.js";
export { shmProblem } from "./shm-problem.js";
export { Segment, type SegmentOpenOptions } from "./segment/segment.js";
export { pageSize } from "./segment/page-size.js";
export { findSegments } from "./segment/find.js";
export { sweepSegments } from "./segment/sweep.js";
export { elementArrays, type ElementType } from "./element-type.js";
export { type Field, layout, type Layout, type LayoutOptions, type Views } from "./layout.js";
export { Mutex, type LockOutcome } from "./sync/mutex.js";
export { Event } from "./sync/event.js";
export { isThreadAlive, threadMark } from "./sync/thread-mark.js";
export { recordByteLength } from "./ring/ring-memory.js";
export { RingReader } from "./ring/ring-reader.js";
export { RingWriter } from "./ring/ring-writer.js";
export { FreeList } from "./slab/free-list.js";
export { SlabArena, type SlabArenaOptions } from "./slab/slab-arena.js";
export { SlabBlock } from "./slab/slab-block.js";
export type { SlabHandle } from "./slab/slab-handle.js";
export { SlabReader } from "./slab/slab-reader.js";
