import { isTroupeError, TroupeError } from "@troupe/core";

import { Segment } from "../segment/segment.js";
import type { SlabHandle } from "./slab-handle.js";
import { blockAlignment, slabHeaderBytes, slotCount, Slots } from "./slots.js";

/** Released buffers that are kept for the next block at the same place, for each segment. */
const maxSpare = 16;

/** A reference that a view holds. */
interface Held {
  readonly opened: Opened;
  readonly offset: number;
  readonly slot: number;
  readonly generation: number;
}

interface Opened {
  readonly segment: Segment;
  readonly slots: Slots;
  /**
   * By offset, those that were released by hand. V8 takes each new one for memory of the process and collects
   * garbage the sooner the larger it is, which costs more than to write the block.
   */
  readonly spare: Map<number, ArrayBuffer>;
}

/** Releases what went with a view; outlives the reader, as its views may. */
const collected = new FinalizationRegistry<Held>(release);

/**
 * Opens the blocks of other processes' {@link SlabArena}s, in place.
 *
 * ```ts
 * const reader = new SlabReader();
 * const bytes = reader.open(handle); // no copy; the reference is released when nobody has `bytes` any more
 * ```
 *
 * Opened segments stay mapped, since mapping costs far more than a view; those whose name is gone are given up
 * when the next segment is opened.
 */
export class SlabReader {
  readonly #segments = new Map<string, Opened>();
  readonly #held = new WeakMap<Uint8Array, Held>();
  #closed = false;

  /**
   * The block's bytes, in place. They come with one of the block's references, which goes when the view and all
   * others of its `ArrayBuffer` have been garbage collected, or sooner by {@link release}. Open a handle once
   * for each reference.
   *
   * The view is safe to touch for ever, whatever becomes of the owner or of this reader. What is written to it
   * is seen by others that have the block open.
   *
   * @throws ERR_OBJECT_LOST when the block is gone (its owner died, closed, or took it back), ERR_PROTOCOL when
   * the handle is none, ERR_CLOSED after {@link close}; ERR_UNAUTHORIZED and ERR_CONFIG as {@link Segment.open}.
   */
  open(handle: SlabHandle): Uint8Array {
    if (this.#closed) throw new TroupeError("ERR_CLOSED", "The slab reader was closed.");
    const opened = this.#segments.get(handle.segment) ?? this.#openSegment(handle);
    const { offset, slot, generation } = handle;
    if (!isWithin(handle, opened.segment.byteLength)) throw noHandle(handle);
    if (opened.slots.references(slot, generation) === 0) throw lost(handle);
    const buffer = takeSpare(opened, handle) ?? opened.segment.view(offset, handle.byteLength);
    const view = new Uint8Array(buffer);
    const held = { opened, offset, slot, generation };
    this.#held.set(view, held);
    collected.register(buffer, held, held);
    return view;
  }

  /**
   * Gives the reference of a view that {@link open} gave back now. The memory may show other bytes from then
   * on. Idempotent.
   */
  release(view: Uint8Array): void {
    const held = this.#held.get(view);
    if (held === undefined) return;
    this.#held.delete(view);
    collected.unregister(held);
    release(held);
    if (!this.#closed) keepSpare(held, view.buffer as ArrayBuffer);
  }

  /** Gives up the segments whose owners gave them up or died. Views of them stay. */
  trim(): void {
    for (const [name, { segment, spare }] of this.#segments) {
      if (segment.isNamed) continue;
      segment.close();
      spare.clear();
      this.#segments.delete(name);
    }
  }

  /** Opens nothing more. Views stay, and their references go with them. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const { segment, spare } of this.#segments.values()) {
      segment.close();
      spare.clear();
    }
    this.#segments.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openSegment(handle: SlabHandle): Opened {
    this.trim();
    let segment: Segment;
    try {
      segment = Segment.open(handle.segment);
    } catch (error) {
      throw isTroupeError(error, "ERR_CLOSED") ? lost(handle, error) : error;
    }
    const slots = segment.byteLength >= slabHeaderBytes ? new Slots(segment.buffer) : undefined;
    if (!slots?.isMarked) {
      segment.close();
      throw noHandle(handle);
    }
    const opened = { segment, slots, spare: new Map<number, ArrayBuffer>() };
    this.#segments.set(handle.segment, opened);
    return opened;
  }
}

function release({ opened, slot, generation }: Held): void {
  opened.slots.release(slot, generation);
}

function takeSpare({ spare }: Opened, { offset, byteLength }: SlabHandle): ArrayBuffer | undefined {
  const buffer = spare.get(offset);
  spare.delete(offset);
  return buffer?.byteLength === byteLength ? buffer : undefined;
}

/** The oldest goes when there are too many. */
function keepSpare({ opened: { spare }, offset }: Held, buffer: ArrayBuffer): void {
  spare.set(offset, buffer);
  if (spare.size > maxSpare) spare.delete(spare.keys().next().value!);
}

/** A peer may send anything. */
function isWithin({ offset, byteLength, slot }: SlabHandle, segmentBytes: number): boolean {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(byteLength) || !Number.isInteger(slot))
    return false;
  if (slot < 0 || slot >= slotCount || offset % blockAlignment !== 0) return false;
  return offset >= slabHeaderBytes && byteLength >= 0 && offset + byteLength <= segmentBytes;
}

function noHandle(handle: SlabHandle): TroupeError {
  return new TroupeError("ERR_PROTOCOL", "What came is no handle of a block of shared memory.", {
    details: { handle },
  });
}

function lost(handle: SlabHandle, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_OBJECT_LOST",
    `The block at ${handle.offset} of ${handle.segment} is gone: its owner died, closed, or took it back.`,
    { details: { handle }, ...(cause === undefined ? {} : { cause }) },
  );
}
