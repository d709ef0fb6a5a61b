import { Segment } from "@troupe/shm";

import type { StoredAt } from "../store/stored-at.js";

/** Buffers that were released by hand and are kept for the next object at the same place. */
const maxSpare = 16;

/**
 * A segment of a store, mapped into this process so that what is written here by accident stays here.
 */
export class OpenedSegment {
  readonly #segment: Segment;
  /**
   * By offset, those that were released by hand. V8 takes each new one for memory of the process and collects
   * garbage the sooner the larger it is, which costs more than to open an object.
   */
  readonly #spare = new Map<number, ArrayBuffer>();
  /** Objects that are open. */
  #open = 0;

  /** @throws what {@link Segment.open} throws. */
  constructor(name: string) {
    this.#segment = Segment.open(name, { isPrivate: true });
  }

  get byteLength(): number {
    return this.#segment.byteLength;
  }

  /** Whether nothing of it is open and its store gave it up: to have it mapped only takes memory. */
  get isUseless(): boolean {
    return this.#open === 0 && !this.#segment.isNamed;
  }

  /** The object's bytes, whatever was written here to that memory before. */
  open(at: StoredAt): ArrayBuffer {
    this.#segment.discard(at.offset, at.byteLength);
    const buffer = this.#takeSpare(at) ?? this.#segment.view(at.offset, at.byteLength);
    this.#open++;
    return buffer;
  }

  /** The object is not open any more; what was written to its pages is forgotten. */
  drop({ offset, byteLength }: StoredAt): void {
    this.#segment.discard(offset, byteLength);
    this.#open--;
  }

  /** Keeps a buffer that was released by hand for later; the oldest goes when there are too many. */
  keep({ offset }: StoredAt, buffer: ArrayBuffer): void {
    this.#spare.set(offset, buffer);
    if (this.#spare.size > maxSpare) this.#spare.delete(this.#spare.keys().next().value!);
  }

  /** Buffers that were handed out stay. */
  close(): void {
    this.#spare.clear();
    this.#segment.close();
  }

  #takeSpare({ offset, byteLength }: StoredAt): ArrayBuffer | undefined {
    const buffer = this.#spare.get(offset);
    this.#spare.delete(offset);
    return buffer?.byteLength === byteLength ? buffer : undefined;
  }
}
