import { decode, TroupeError } from "@troupe/core";
import type { SlabHandle, SlabReader } from "@troupe/shm";

import { RecordTag } from "../link/ring-route.js";

/** Frames of a packet at most. */
const maxFrames = 1024 * 1024;

/** Puts the packets of one ring together: larger ones come in pieces, and with frames that are in slabs. */
export class Assembly {
  #frames: Buffer[] | undefined;
  /** Which frame is being filled, and up to where. */
  #frame = 0;
  #at = 0;

  #flag = 0;

  /** @param limit Most bytes of a packet. */
  constructor(
    private readonly limit: number,
    private readonly slabs: SlabReader,
  ) {}

  /** Takes a record; gives the packet once it is whole. @throws ERR_PROTOCOL for one that has no place here. */
  add(tag: number, frames: Buffer[]): Buffer[] | undefined {
    if (tag === RecordTag.packet && !this.#frames) return frames;
    const form = tag & ~RecordTag.withSlabs;
    if (form === RecordTag.packet && !this.#frames) return this.#withSlabs(frames);
    const bytes = frames[0];
    if (frames.length !== 1 || !bytes) throw broken("a record without its one frame");
    if (form === RecordTag.lengths && !this.#frames) this.#begin(bytes, tag & RecordTag.withSlabs);
    else if (tag === RecordTag.piece && this.#frames) this.#fill(this.#frames, bytes);
    else throw broken(`a record of form ${tag} out of place`);
    const packet = this.#finished();
    return packet && this.#flag ? this.#withSlabs(packet) : packet;
  }

  /** The frames with those of the table, which is the first, in their places. */
  #withSlabs([table, ...frames]: Buffer[]): Buffer[] {
    const handles = table && decode(table);
    if (!Array.isArray(handles) || handles.length !== frames.length)
      throw broken("a table of slabs that is none");
    return frames.map((frame, index) => {
      const handle = handles[index] as SlabHandle | null;
      if (handle === null) return frame;
      if (typeof handle !== "object" || typeof handle.segment !== "string")
        throw broken("a slab without a handle");
      if (handle.byteLength > this.limit) throw broken("a slab over the limit");
      const { buffer, byteOffset, byteLength } = this.slabs.open(handle);
      return Buffer.from(buffer, byteOffset, byteLength);
    });
  }

  #begin(bytes: Buffer, flag: number): void {
    this.#flag = flag;
    const count = bytes.byteLength / 4;
    if (!Number.isInteger(count) || count > maxFrames) throw broken("a table of lengths that is none");
    const lengths = Array.from({ length: count }, (_, i) => bytes.readUInt32LE(i * 4));
    if (lengths.reduce((sum, length) => sum + length, 0) > this.limit)
      throw broken("a packet over the limit");
    this.#frames = lengths.map((length) => Buffer.allocUnsafeSlow(length));
    this.#frame = this.#at = 0;
  }

  #fill(frames: readonly Buffer[], piece: Buffer): void {
    while (this.#frame < frames.length && frames[this.#frame]!.byteLength === this.#at) this.#next();
    const frame = frames[this.#frame];
    if (!frame || piece.byteLength > frame.byteLength - this.#at) throw broken("a piece beyond its frame");
    frame.set(piece, this.#at);
    this.#at += piece.byteLength;
  }

  #finished(): Buffer[] | undefined {
    const frames = this.#frames!;
    while (this.#frame < frames.length && frames[this.#frame]!.byteLength === this.#at) this.#next();
    if (this.#frame < frames.length) return undefined;
    this.#frames = undefined;
    return frames;
  }

  #next(): void {
    this.#frame++;
    this.#at = 0;
  }
}

function broken(problem: string): TroupeError {
  return new TroupeError("ERR_PROTOCOL", `Malformed ring: ${problem}.`);
}
