import { inspect } from "node:util";

import { isTroupeError, TroupeError } from "@troupe/core";
import { pageSize } from "@troupe/shm";

import { whenCollected } from "../memory/when-collected.js";
import type { StoredAt } from "../store/stored-at.js";
import { OpenedSegment } from "./opened-segment.js";

/** Milliseconds between two looks for segments that are mapped in vain. */
const trimInterval = 5_000;

/** An object that is open: its pin is given back when it is dropped. */
interface OpenObject {
  readonly segment: OpenedSegment;
  readonly at: StoredAt;
  readonly drop: () => void;
  /** It is not dropped when it is collected. */
  readonly forget: () => void;
}

/**
 * Opens objects of a {@link HostStore} in place, one reader for each process (or thread).
 *
 * ```ts
 * const reader = new ObjectReader();
 * const at = await store.pin(key, "pool-2");
 * const weights = new Float32Array(reader.open(at, () => store.unpin(key, "pool-2"))); // no copy
 * ```
 *
 * A write by accident stays in this process and never reaches the object: the first one to a page makes a copy
 * of that page. Other views of the object in this process may show it until the object is opened here again,
 * which shows the object's own bytes, and makes the other views show them too.
 *
 * Opened segments stay mapped, since mapping costs far more than a view, until their store has given them up.
 */
export class ObjectReader {
  readonly #segments = new Map<string, OpenedSegment>();
  readonly #open = new WeakMap<ArrayBuffer, OpenObject>();
  #trimming: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * The object's bytes, in place. The object must be pinned: the pin is the buffer's from now on.
   *
   * @param onDropped Called once, when every view of the buffer was garbage collected, or by {@link release}:
   * this process looks at the memory no more, and the pin can be given back. It must not throw.
   * @throws ERR_OBJECT_LOST when the segment is gone (its store ended), ERR_PROTOCOL when that is no place of an
   * object, ERR_CLOSED after {@link close}; ERR_UNAUTHORIZED and ERR_CONFIG as `Segment.open`. `onDropped` is not
   * called then.
   */
  open(at: StoredAt, onDropped: () => void): ArrayBuffer {
    if (this.#isClosed) throw new TroupeError("ERR_CLOSED", "The object reader was closed.");
    const segment = this.#segments.get(at.segment) ?? this.#openSegment(at);
    if (!isWithin(at, segment.byteLength)) throw noPlace(at);
    const buffer = segment.open(at);
    const drop = dropping(segment, at, onDropped);
    this.#open.set(buffer, { segment, at, drop, forget: whenCollected(buffer, drop) });
    return buffer;
  }

  /**
   * Drops a buffer that {@link open} gave now: its views are not to be used any more, for they may show another
   * object. Idempotent.
   */
  release(buffer: ArrayBuffer): void {
    const object = this.#open.get(buffer);
    if (object === undefined) return;
    this.#open.delete(buffer);
    object.forget();
    if (!this.#isClosed) object.segment.keep(object.at, buffer);
    object.drop();
  }

  /** Gives up the segments that their stores gave up, but for those with open objects. Done by itself now and then. */
  trim(): void {
    for (const [name, segment] of this.#segments) {
      if (!segment.isUseless) continue;
      segment.close();
      this.#segments.delete(name);
    }
    if (this.#segments.size === 0) this.#stopTrimming();
  }

  /** Opens nothing more. Buffers stay, and are dropped as before. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#stopTrimming();
    for (const segment of this.#segments.values()) segment.close();
    this.#segments.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #openSegment(at: StoredAt): OpenedSegment {
    let segment: OpenedSegment;
    try {
      segment = new OpenedSegment(at.segment);
    } catch (error) {
      throw isTroupeError(error, "ERR_CLOSED") ? lost(at, error) : error;
    }
    this.#segments.set(at.segment, segment);
    this.#trimming ??= setInterval(() => this.trim(), trimInterval).unref();
    return segment;
  }

  #stopTrimming(): void {
    clearInterval(this.#trimming);
    this.#trimming = undefined;
  }
}

/** Not written where the buffer is in reach: what waits for its collection must not hold it. */
function dropping(segment: OpenedSegment, at: StoredAt, onDropped: () => void): () => void {
  return () => {
    segment.drop(at);
    onDropped();
  };
}

/** A peer may send anything. */
function isWithin({ offset, byteLength }: StoredAt, segmentBytes: number): boolean {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(byteLength)) return false;
  return offset >= 0 && offset % pageSize() === 0 && byteLength >= 0 && offset + byteLength <= segmentBytes;
}

function noPlace(at: StoredAt): TroupeError {
  return new TroupeError("ERR_PROTOCOL", `What came is no place of an object: ${inspect(at).slice(0, 200)}.`);
}

function lost(at: StoredAt, cause: unknown): TroupeError {
  return new TroupeError(
    "ERR_OBJECT_LOST",
    `The object's memory in ${at.segment} is gone: its store was closed, or its process died.`,
    { details: { segment: at.segment }, cause },
  );
}
