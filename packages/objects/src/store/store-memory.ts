import { isTroupeError } from "@troupe/core";
import { pageSize } from "@troupe/shm";

import { type Block, StoreSegment } from "./store-segment.js";

/** Allocations after which a segment that was of no use meanwhile is given back to the system. */
const patience = 256;

/**
 * The shared memory of a store: segments of one size, and one of its own for each object that is larger.
 *
 * Memory that was used before comes first: it is several times faster to write to than fresh pages.
 */
export class StoreMemory {
  readonly capacity: number;
  /** Bytes of all segments. */
  totalBytes = 0;
  /** Bytes of all blocks. */
  usedBytes = 0;
  readonly #segmentBytes: number;
  readonly #segments: StoreSegment[] = [];
  #allocations = 0;

  constructor(capacity: number, segmentBytes: number) {
    this.capacity = capacity;
    this.#segmentBytes = roomOf(segmentBytes);
  }

  /**
   * A block for so many bytes, not cleared; `undefined` when there is no room.
   *
   * @param isLast Whether no other block can be freed for it. Only then what is left of the capacity becomes a segment
   *   that is smaller than others: many of these would leave no room for an object of some size, however much is free.
   */
  allocate(byteLength: number, isLast = true): Block | undefined {
    const room = roomOf(byteLength);
    this.#allocations++;
    const isLarge = room > this.#segmentBytes;
    const block =
      this.#reuse(room, (segment) => segment.byteLength > this.#segmentBytes === isLarge) ??
      this.#grow(room, isLast) ??
      this.#reuse(room, () => true);
    if (block === undefined) return undefined;
    block.segment.lastUse = this.#allocations;
    this.usedBytes += room;
    this.#giveBackUnused();
    return block;
  }

  /** Whether a segment of so many bytes more is within the capacity; gives idle ones back for it. */
  hasRoomFor(segmentBytes: number): boolean {
    for (const segment of [...this.#segments]) {
      if (this.totalBytes + segmentBytes <= this.capacity) return true;
      if (segment.isIdle) this.#giveBack(segment);
    }
    return this.totalBytes + segmentBytes <= this.capacity;
  }

  /**
   * Takes a segment over, whole, as one block.
   *
   * @throws what `Segment.adopt` throws.
   */
  adopt(name: string): Block {
    const block = StoreSegment.adopt(name);
    this.#add(block.segment);
    this.usedBytes += block.room;
    return block;
  }

  free(block: Block): void {
    const { segment, room } = block;
    segment.free(block);
    this.usedBytes -= room;
    if (segment.isAdopted) this.#giveBack(segment);
  }

  /** Gives every segment without blocks back to the system. */
  trim(): void {
    for (const segment of this.#segments.filter(({ isIdle }) => isIdle)) this.#giveBack(segment);
  }

  /** @param needed Segments that show bytes which somebody holds. */
  close(needed: ReadonlySet<StoreSegment>): void {
    for (const segment of [...this.#segments]) this.#giveBack(segment, needed.has(segment));
    this.usedBytes = 0;
  }

  #reuse(room: number, which: (segment: StoreSegment) => boolean): Block | undefined {
    for (const segment of this.#segments) {
      if (segment.isAdopted || !which(segment)) continue;
      const block = segment.allocate(room);
      if (block !== undefined) return block;
    }
    return undefined;
  }

  /** A block in a segment more; `undefined` when that would pass the capacity, or the machine has no room. */
  #grow(room: number, isLast: boolean): Block | undefined {
    const least = Math.max(room, Math.min(this.#segmentBytes, this.capacity));
    if (!this.hasRoomFor(least) && !(isLast && this.hasRoomFor(room))) return undefined;
    const most = Math.min(Math.max(room, this.#segmentBytes), this.capacity - this.totalBytes);
    // A container's /dev/shm may have less room than a whole segment takes.
    for (let bytes = most; ; bytes = Math.max(room, wholePages(bytes / 2))) {
      const segment = segmentOf(bytes);
      if (segment !== undefined) {
        this.#add(segment);
        return segment.allocate(room);
      }
      if (bytes === room) return undefined;
    }
  }

  /** The first segment stays, others go when they were of no use for a while. */
  #giveBackUnused(): void {
    if (this.#segments.length === 1 || this.#allocations % patience !== 0) return;
    const [, ...others] = this.#segments;
    for (const segment of others) {
      if (segment.isIdle && this.#allocations - segment.lastUse >= patience) this.#giveBack(segment);
    }
  }

  #add(segment: StoreSegment): void {
    this.#segments.push(segment);
    this.totalBytes += segment.byteLength;
  }

  #giveBack(segment: StoreSegment, isNeeded = false): void {
    this.#segments.splice(this.#segments.indexOf(segment), 1);
    this.totalBytes -= segment.byteLength;
    segment.close(isNeeded);
  }
}

/** Bytes that a block of this length takes: whole pages, one at least. */
export function roomOf(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / pageSize())) * pageSize();
}

export function wholePages(bytes: number): number {
  return Math.floor(bytes / pageSize()) * pageSize();
}

/** `undefined` when the machine has no room for it. */
function segmentOf(byteLength: number): StoreSegment | undefined {
  try {
    return StoreSegment.create(byteLength);
  } catch (error) {
    if (isTroupeError(error, "ERR_STORE_FULL")) return undefined;
    throw error;
  }
}
