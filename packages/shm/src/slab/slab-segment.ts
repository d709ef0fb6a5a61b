import { Segment } from "../segment/segment.js";
import { FreeList } from "./free-list.js";
import type { SlabHandle } from "./slab-handle.js";
import { blockAlignment, slabHeaderBytes, slotCount, Slots } from "./slots.js";

interface Taken {
  readonly handle: SlabHandle;
  /** Bytes that it takes, its alignment counted in. */
  readonly room: number;
}

/** One segment of a {@link SlabArena}: hands out blocks of it and notices which lost their references. */
export class SlabSegment {
  readonly segment: Segment;
  readonly slots: Slots;
  /** Bytes that blocks take. */
  usedBytes = 0;
  readonly #free: FreeList;
  readonly #freeSlots = Array.from({ length: slotCount }, (_, index) => slotCount - 1 - index);
  readonly #taken = new Map<number, Taken>();
  #noticed = 0;

  /** @throws what {@link Segment.create} throws. */
  constructor(label: string, byteLength: number) {
    this.segment = Segment.create(label, byteLength);
    this.slots = new Slots(this.segment.buffer);
    this.slots.mark();
    this.#free = new FreeList(slabHeaderBytes, byteLength - slabHeaderBytes);
  }

  /** Bytes of a segment that one block of this length fits in. */
  static bytesFor(blockLength: number): number {
    return slabHeaderBytes + roomOf(blockLength);
  }

  get isIdle(): boolean {
    return this.#taken.size === 0;
  }

  /** A block with one reference, or `undefined` when it does not fit. */
  allocate(byteLength: number): SlabHandle | undefined {
    if (this.#freeSlots.length === 0) return undefined;
    const room = roomOf(byteLength);
    const offset = this.#free.take(room);
    if (offset === undefined) return undefined;
    const slot = this.#freeSlots.pop()!;
    const generation = this.slots.begin(slot);
    const handle = { segment: this.segment.name, offset, byteLength, slot, generation };
    this.#taken.set(slot, { handle, room });
    this.usedBytes += room;
    return handle;
  }

  /**
   * Takes back the blocks that lost their last reference. Looking for them costs in proportion to all blocks,
   * so unless `all` is asked for it is put off until one in sixteen is gone.
   */
  notice(all: boolean): void {
    const { freed } = this.slots;
    const fresh = (freed - this.#noticed) | 0;
    if (fresh === 0 || (!all && fresh < this.#taken.size >> 4)) return;
    this.#noticed = freed;
    for (const { handle } of this.#taken.values()) {
      if (this.slots.references(handle.slot, handle.generation) === 0) this.#takeBack(handle.slot);
    }
  }

  /** Takes a block back, whoever has it; nothing when it is back already. */
  reclaim({ slot, generation }: SlabHandle): void {
    if (this.#taken.get(slot)?.handle.generation !== generation) return;
    this.slots.clear(slot, generation);
    this.#takeBack(slot);
  }

  close(): void {
    this.segment.unlink();
    this.segment.close();
  }

  #takeBack(slot: number): void {
    const { handle, room } = this.#taken.get(slot)!;
    this.#taken.delete(slot);
    this.#free.give(handle.offset, room);
    this.#freeSlots.push(slot);
    this.usedBytes -= room;
  }
}

function roomOf(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / blockAlignment)) * blockAlignment;
}
