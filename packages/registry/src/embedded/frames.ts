import { decode, encode, TroupeError } from "@troupe/core";

import { maxValueBytes } from "../client/limits.js";

/** Most bytes of a frame that a server takes: the largest value and what stands around it. */
export const maxRequestBytes = 2 * maxValueBytes;
/** Most bytes of a frame that a client takes, who chose its server: a whole group may be in it. */
export const maxAnswerBytes = 256 * 1024 * 1024;

const lengthBytes = 4;

/** A value as a frame: its length in 4 bytes, big-endian, and the codec's bytes. */
export function frame(value: unknown): Buffer {
  const body = encode(value, { byteLimit: maxAnswerBytes });
  const head = Buffer.allocUnsafe(lengthBytes);
  head.writeUInt32BE(body.byteLength);
  return Buffer.concat([head, body]);
}

/** Cuts a stream of bytes into frames and decodes them. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  /** Of the frame that is being read; `undefined` before its length is known. */
  #length: number | undefined;

  /** @param limit Most bytes of a frame. */
  constructor(private readonly limit: number) {}

  /**
   * Takes bytes; yields the values that they complete.
   *
   * @throws ERR_PROTOCOL when a frame is too long or no value. The stream is of no use after that.
   */
  *push(chunk: Buffer): IterableIterator<unknown> {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    for (;;) {
      if (this.#length === undefined) {
        if (this.#size < lengthBytes) return;
        this.#length = this.#take(lengthBytes).readUInt32BE();
        if (this.#length > this.limit) {
          throw new TroupeError(
            "ERR_PROTOCOL",
            `A frame of ${this.#length} bytes was announced, and ${this.limit} are the most; the other end does not speak the registry's protocol.`,
          );
        }
      }
      if (this.#size < this.#length) return;
      const body = this.#take(this.#length);
      this.#length = undefined;
      yield decode(body);
    }
  }

  #take(length: number): Buffer {
    const first = this.#chunks[0];
    // Joined only when there is enough: a long frame in small chunks is copied once.
    const all = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks, this.#size);
    const rest = all.subarray(length);
    this.#chunks = rest.byteLength > 0 ? [rest] : [];
    this.#size = rest.byteLength;
    return all.subarray(0, length);
  }
}
