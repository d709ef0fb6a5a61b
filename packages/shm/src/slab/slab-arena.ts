import { isTroupeError, TroupeError } from "@troupe/core";

import { SlabBlock } from "./slab-block.js";
import type { SlabHandle } from "./slab-handle.js";
import { SlabSegment } from "./slab-segment.js";

/** How a {@link SlabArena} is set up. */
export interface SlabArenaOptions {
  /** The label of its segments; `slab` by default. */
  readonly label?: string;
  /** Bytes of a segment, 64 MiB by default; one for a larger block is larger. */
  readonly segmentBytes?: number;
  /** Bytes of all segments together. */
  readonly limit: number;
}

/** Allocations after which a segment that nobody used meanwhile is given back to the system. */
const patience = 256;

/**
 * Memory for large binary values that other processes of this machine read in place: one copy at the sender,
 * none at the reader.
 *
 * ```ts
 * const arena = new SlabArena({ limit: 1024 ** 3 });
 * const block = arena.allocate(weights.byteLength);
 * if (block === undefined) return sendInline(weights); // the limit is reached
 * block.bytes.set(weights);
 * send(block.handle); // there: reader.open(handle), which takes the reference over
 * ```
 *
 * Freed blocks are used again before memory that was never touched, which is several times slower to write to.
 * The arena notices them when it allocates. What its readers hold stays readable when it closes or its
 * process dies.
 */
export class SlabArena {
  readonly #label: string;
  readonly #segmentBytes: number;
  readonly #limit: number;
  readonly #segments: SlabSegment[] = [];
  /** The allocation that each segment served last. */
  readonly #lastUse = new Map<SlabSegment, number>();
  #allocations = 0;
  #closed = false;

  constructor({ label = "slab", segmentBytes = 64 * 1024 * 1024, limit }: SlabArenaOptions) {
    if (!(segmentBytes > 0) || !(limit >= 0)) {
      throw new TroupeError("ERR_CONFIG", `segmentBytes (${segmentBytes}) and limit (${limit}) are bytes.`);
    }
    this.#label = label;
    this.#segmentBytes = segmentBytes;
    this.#limit = limit;
  }

  /**
   * A block with one reference, at a multiple of 64 bytes, not cleared; `undefined` when the limit is reached
   * or the machine's shared memory is full.
   *
   * @throws ERR_CONFIG when shared memory is not available or the length is none, ERR_CLOSED after {@link close}.
   */
  allocate(byteLength: number): SlabBlock | undefined {
    if (this.#closed) throw new TroupeError("ERR_CLOSED", "The slab arena was closed.");
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      throw new TroupeError("ERR_CONFIG", `A block's length is a number of bytes, not ${byteLength}.`);
    }
    this.#allocations++;
    return this.#reuse(byteLength, false) ?? this.#reuse(byteLength, true) ?? this.#grow(byteLength);
  }

  /**
   * Takes a block back whatever references it has: those who had them died. A living reader's view would show
   * what is written there next.
   */
  reclaim(handle: SlabHandle): void {
    this.#segments.find(({ segment }) => segment.name === handle.segment)?.reclaim(handle);
  }

  /** Gives every segment without blocks back to the system. */
  trim(): void {
    this.#notice(true);
    this.#giveBack((segment) => segment.isIdle);
  }

  /** Bytes that blocks with references take. */
  get usedBytes(): number {
    this.#notice(true);
    return this.#segments.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  }

  /** Bytes of shared memory that the arena holds. */
  get totalBytes(): number {
    return this.#segments.reduce((sum, { segment }) => sum + segment.byteLength, 0);
  }

  /** Nothing can be opened any more; what readers have open they keep. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#giveBack(() => true);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A block in the segments that there are, after a look at what was freed: a thorough one when `all` is set. */
  #reuse(byteLength: number, all: boolean): SlabBlock | undefined {
    this.#notice(all);
    for (const segment of this.#segments) {
      const block = this.#allocateIn(segment, byteLength);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  #allocateIn(segment: SlabSegment, byteLength: number): SlabBlock | undefined {
    const handle = segment.allocate(byteLength);
    if (handle === undefined) return undefined;
    this.#lastUse.set(segment, this.#allocations);
    const bytes = new Uint8Array(segment.segment.buffer, handle.offset, byteLength);
    return new SlabBlock(handle, bytes, segment.slots);
  }

  /** Takes freed blocks back. The first segment stays, others go when they were of no use for a while. */
  #notice(all: boolean): void {
    for (const segment of this.#segments) segment.notice(all);
    if (this.#segments.length > 1) {
      this.#giveBack(
        (segment, index) =>
          index > 0 && segment.isIdle && this.#allocations - this.#lastUse.get(segment)! > patience,
      );
    }
  }

  /** A block in a segment more; `undefined` when that would pass the limit, or there is no room. */
  #grow(byteLength: number): SlabBlock | undefined {
    const needed = SlabSegment.bytesFor(byteLength);
    if (this.totalBytes + needed > this.#limit) this.#giveBack((segment) => segment.isIdle);
    const room = this.#limit - this.totalBytes;
    if (needed > room) return undefined;
    // A container's /dev/shm may have less room than a whole segment takes.
    for (let bytes = Math.min(Math.max(needed, this.#segmentBytes), room); ; bytes = Math.floor(bytes / 2)) {
      const segment = segmentOf(this.#label, Math.max(needed, bytes));
      if (segment !== undefined) {
        this.#segments.push(segment);
        return this.#allocateIn(segment, byteLength);
      }
      if (bytes <= needed) return undefined;
    }
  }

  #giveBack(which: (segment: SlabSegment, index: number) => boolean): void {
    for (const segment of this.#segments.filter(which)) {
      segment.close();
      this.#lastUse.delete(segment);
      this.#segments.splice(this.#segments.indexOf(segment), 1);
    }
  }
}

/** `undefined` when the machine has no room for it. */
function segmentOf(label: string, byteLength: number): SlabSegment | undefined {
  try {
    return new SlabSegment(label, byteLength);
  } catch (error) {
    if (isTroupeError(error, "ERR_STORE_FULL")) return undefined;
    throw error;
  }
}
