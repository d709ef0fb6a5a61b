import { TroupeError } from "@troupe/core";

import { Landing } from "./landing.js";
import {
  aligned,
  headWord,
  openRing,
  readerSleepsWord,
  recordHeadWords,
  type RingMemory,
  skipMarker,
  tailWord,
  writerSleepsWord,
} from "./ring-memory.js";

/**
 * The reading end of a ring, see {@link RingWriter}.
 *
 * ```ts
 * const reader = RingReader.open(name);
 * for (let frames; (frames = reader.read()) !== undefined;) receive(frames);
 * if (reader.sleep()) await bell; // else something came meanwhile: read on
 * ```
 */
export class RingReader {
  readonly name: string;
  readonly #capacity: number;
  readonly #maxRecord: number;
  readonly #landing = new Landing();
  #memory: RingMemory | undefined;
  #head: number;
  /** Where the writer was when last looked at; it is there or beyond. */
  #tail: number;
  #tag = 0;

  private constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#capacity = memory.capacity;
    this.#maxRecord = memory.capacity / 4;
    this.name = memory.segment.name;
    this.#head = this.#tail = Atomics.load(memory.header, headWord);
  }

  /**
   * Opens a ring that a {@link RingWriter} made; one reader at a time.
   *
   * @throws ERR_PROTOCOL when the name is no ring's; ERR_CLOSED, ERR_UNAUTHORIZED, ERR_CONFIG as
   * {@link Segment.open} does.
   */
  static open(name: string): RingReader {
    return new RingReader(openRing(name));
  }

  /** The tag of the record that was read last. */
  get tag(): number {
    return this.#tag;
  }

  /**
   * The frames of the next record, copied out of the ring, whose room is free at once; `undefined` when there
   * is none. A frame is the caller's to keep and change. Its memory is shared with other frames, as that of
   * Node's small buffers is, so one that is kept for long keeps up to 64 KiB.
   *
   * @throws ERR_PROTOCOL when what is there is no record. The ring is of no use then; close it.
   * ERR_CLOSED after {@link close}.
   */
  read(): Buffer[] | undefined {
    const memory = this.#memory;
    if (memory === undefined) throw closed(this.name);
    if (this.#head === this.#tail && this.#look(memory.header) === 0) return undefined;

    const { words } = memory;
    let start = this.#head & (this.#capacity - 1);
    let skipped = 0;
    if (words[start >> 2] === skipMarker) {
      skipped = this.#capacity - start;
      start = 0;
    }
    const length = words[start >> 2]!;
    const count = words[(start >> 2) + 1]!;
    const available = ((this.#tail - this.#head) | 0) - skipped;
    const bodyAt = aligned(4 * (recordHeadWords + count));
    if (!(count >= 0 && count < length && bodyAt <= length && length <= this.#maxRecord)) throw this.#torn();
    if (aligned(length) > available || start + length > this.#capacity) throw this.#torn();

    const frames = this.#copyFrames(memory, start, count, length);
    this.#tag = words[(start >> 2) + 2]! >>> 0;
    this.#head = (this.#head + skipped + aligned(length)) | 0;
    Atomics.store(memory.header, headWord, this.#head);
    return frames;
  }

  /** Whether there is nothing to read now. */
  get isEmpty(): boolean {
    return this.#memory === undefined || this.#look(this.#memory.header) === 0;
  }

  /**
   * Announces that the reader will not look again until it is woken: the writer then gets true of
   * {@link RingWriter.claimBell}, once. False, and nothing announced, when there is something to read after
   * all, so that no wake-up is lost.
   */
  sleep(): boolean {
    const header = this.#memory?.header;
    if (header === undefined) return false;
    Atomics.store(header, readerSleepsWord, 1);
    if (this.#look(header) === 0) return true;
    Atomics.store(header, readerSleepsWord, 0);
    return false;
  }

  /** Withdraws what {@link sleep} announced; a bell may be on its way already. */
  awake(): void {
    if (this.#memory !== undefined) Atomics.store(this.#memory.header, readerSleepsWord, 0);
  }

  /**
   * Whether the writer waits for room ({@link RingWriter.sleep}), half of the ring is free, and the writer
   * must be woken by other means; true for one call for each sleep. To be asked after reading.
   */
  claimBell(): boolean {
    const header = this.#memory?.header;
    if (header === undefined || Atomics.load(header, writerSleepsWord) === 0) return false;
    if (this.#look(header) > this.#capacity / 2) return false;
    return Atomics.compareExchange(header, writerSleepsWord, 1, 0) === 1;
  }

  /** No more reading. Frames that were read stay. Idempotent. */
  close(): void {
    this.#memory?.segment.close();
    this.#memory = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Looks where the writer is, and gives the bytes to be read. */
  #look(header: Int32Array): number {
    this.#tail = Atomics.load(header, tailWord);
    const used = (this.#tail - this.#head) | 0;
    if (used < 0 || used > this.#capacity) throw this.#torn();
    return used;
  }

  /** The body is copied in one go, the frames are pieces of the copy. */
  #copyFrames({ bytes, words }: RingMemory, start: number, count: number, length: number): Buffer[] {
    const bodyAt = aligned(4 * (recordHeadWords + count));
    const base = this.#landing.copy(bytes, words, start + bodyAt, length - bodyAt);
    const { buffer } = this.#landing;
    const lengthsAt = (start >> 2) + recordHeadWords;
    const frames: Buffer[] = [];
    let end = bodyAt;
    for (let i = 0; i < count; i++) {
      const at = aligned(end);
      const frameLength = words[lengthsAt + i]!;
      end = at + frameLength;
      if (frameLength < 0 || end > length) throw this.#torn();
      frames.push(buffer.subarray(base + at - bodyAt, base + end - bodyAt));
    }
    if (end !== length) throw this.#torn();
    return frames;
  }

  #torn(): TroupeError {
    return new TroupeError("ERR_PROTOCOL", `What is in the ring ${this.name} is no record; close it.`, {
      details: { name: this.name },
    });
  }
}

function closed(name: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The ring ${name} was closed here.`, { details: { name } });
}
