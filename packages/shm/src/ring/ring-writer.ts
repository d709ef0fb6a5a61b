import { TroupeError } from "@troupe/core";

import {
  aligned,
  createRing,
  headWord,
  readerSleepsWord,
  recordByteLength,
  recordHeadWords,
  type RingMemory,
  skipMarker,
  tailWord,
  writerSleepsWord,
} from "./ring-memory.js";

/**
 * The writing end of a ring of records between two event loops: one writer, one {@link RingReader}, no lock,
 * no system call.
 *
 * A record is there for the reader as a whole or not at all, whenever the writer dies: it is published by one
 * atomic store after all of it was written. Records are read in the order in which they were written.
 *
 * ```ts
 * const writer = RingWriter.create(1024 * 1024);
 * // The reader opens writer.name; then:
 * writer.unlink();
 * if (!writer.write([packet])) queue.push(packet); // full: try again when the reader has read
 * else if (writer.claimBell()) ringTheReader();
 * ```
 */
export class RingWriter {
  /** What the reader opens. */
  readonly name: string;
  /** Bytes of the largest record, as {@link recordByteLength} counts them: a quarter of the ring. */
  readonly maxRecord: number;
  readonly #capacity: number;
  #memory: RingMemory | undefined;
  #tail = 0;
  /** Where the reader was when last looked at; it is there or beyond. */
  #head = 0;

  private constructor(memory: RingMemory) {
    this.#memory = memory;
    this.#capacity = memory.capacity;
    this.name = memory.segment.name;
    this.maxRecord = memory.capacity / 4;
  }

  /**
   * @param byteLength Room for records: a power of two from 1 KiB to 1 GiB.
   * @throws ERR_CONFIG, ERR_STORE_FULL as {@link Segment.create} does.
   */
  static create(byteLength: number): RingWriter {
    return new RingWriter(createRing(byteLength));
  }

  /**
   * Writes one record made of the frames; false, with nothing written, when there is no room now.
   *
   * @param tag A number of 32 bits that the reader gets with the frames, to mark records of another form.
   * @throws ERR_MESSAGE_TOO_LARGE when the record is larger than {@link maxRecord}, ERR_PROTOCOL when the
   * reader's side was overwritten, ERR_CLOSED after {@link close}.
   */
  write(frames: readonly Uint8Array[], tag = 0): boolean {
    const memory = this.#memory;
    if (memory === undefined) throw closed(this.name);
    const length = recordByteLength(frames);
    if (length > this.maxRecord) throw tooLarge(length, this.maxRecord);
    const room = aligned(length);
    let start = this.#tail & (this.#capacity - 1);
    const toEnd = this.#capacity - start;
    const skipped = room > toEnd ? toEnd : 0;
    if (skipped + room > this.#free && skipped + room > this.#look(memory.header)) return false;

    const { bytes, words } = memory;
    if (skipped > 0) {
      words[start >> 2] = skipMarker;
      start = 0;
    }
    let word = start >> 2;
    words[word++] = length;
    words[word++] = frames.length;
    words[word++] = tag;
    let at = start + aligned(4 * (recordHeadWords + frames.length));
    for (let i = 0; i < frames.length; i++) {
      const frame = frames[i]!;
      words[word++] = frame.byteLength;
      bytes.set(frame, at);
      at = aligned(at + frame.byteLength);
    }
    this.#tail = (this.#tail + skipped + room) | 0;
    Atomics.store(memory.header, tailWord, this.#tail);
    return true;
  }

  /** Whether the reader sleeps and must be woken by other means; true for one call for each sleep. */
  claimBell(): boolean {
    const header = this.#memory?.header;
    if (header === undefined) return false;
    return (
      Atomics.load(header, readerSleepsWord) === 1 &&
      Atomics.compareExchange(header, readerSleepsWord, 1, 0) === 1
    );
  }

  /**
   * Announces that the writer, for whom the ring was full, waits for the reader's bell
   * ({@link RingReader.claimBell}). False, and nothing announced, when half of the ring is free already, which
   * is room for any record.
   */
  sleep(): boolean {
    const header = this.#memory?.header;
    if (header === undefined) return false;
    Atomics.store(header, writerSleepsWord, 1);
    if (this.#look(header) < this.#capacity / 2) return true;
    Atomics.store(header, writerSleepsWord, 0);
    return false;
  }

  /** Withdraws what {@link sleep} announced. */
  awake(): void {
    if (this.#memory !== undefined) Atomics.store(this.#memory.header, writerSleepsWord, 0);
  }

  /** Takes the name away, once the reader has opened it: then nothing is left after any crash. Idempotent. */
  unlink(): void {
    this.#memory?.segment.unlink();
  }

  /** {@link unlink}, and no more writing. What was written stays for the reader. Idempotent. */
  close(): void {
    this.unlink();
    this.#memory?.segment.close();
    this.#memory = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Bytes free as far as this side has seen; there may be more. */
  get #free(): number {
    return this.#capacity - ((this.#tail - this.#head) | 0);
  }

  /** Looks where the reader is, and gives the bytes that are free. */
  #look(header: Int32Array): number {
    this.#head = Atomics.load(header, headWord);
    const used = (this.#tail - this.#head) | 0;
    if (used < 0 || used > this.#capacity) throw overwritten(this.name);
    return this.#capacity - used;
  }
}

function tooLarge(length: number, limit: number): TroupeError {
  return new TroupeError(
    "ERR_MESSAGE_TOO_LARGE",
    `A record of ${length} bytes does not fit a ring that takes up to ${limit}; send it another way or make the ring larger.`,
    { details: { length, limit } },
  );
}

function overwritten(name: string): TroupeError {
  return new TroupeError("ERR_PROTOCOL", `The ring ${name} was overwritten by something else; close it.`, {
    details: { name },
  });
}

function closed(name: string): TroupeError {
  return new TroupeError("ERR_CLOSED", `The ring ${name} was closed here.`, { details: { name } });
}
