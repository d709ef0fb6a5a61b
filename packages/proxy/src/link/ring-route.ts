import { encode, type ProcessIdentity } from "@troupe/core";
import { recordByteLength, RingWriter } from "@troupe/shm";

import type { Slabs } from "./slabs.js";

/** Bytes of a ring: room for what an event loop sends while the other end is busy for a moment. */
const ringBytes = 1024 * 1024;
/** Turns of the event loop for which a writer looks for room in a full ring, before it looks by a timer. */
const eagerLooks = 64;
/** Milliseconds between two looks by timer: a reader that is stopped must not cost its peers a core. */
const lookInterval = 2;

/** What a record of one frame takes beside its bytes, at most. */
const headBytes = 64;

/** What a record in the ring is. */
export const RecordTag = {
  /** A whole packet. */
  packet: 0,
  /** The lengths of a larger packet's frames, 32 bits each; its bytes follow in pieces. */
  lengths: 1,
  piece: 2,
  /** Added to the tag of a packet whose first frame is a table of those that are in slabs: handles, or nil. */
  withSlabs: 4,
} as const;

/** A packet in the form in which it goes into the ring. */
interface Prepared {
  readonly of: readonly Uint8Array[];
  readonly frames: readonly Uint8Array[];
  readonly flag: number;
}

/** A shared-memory ring towards one peer of this host. */
export class RingRoute {
  readonly #ring = RingWriter.create(ringBytes);
  /** Whether a bell is on its way to the reader, and whether another is to follow. */
  bell: "quiet" | "ringing" | "again" = "quiet";
  #looks = 0;
  #isLooking = false;
  #onRoom: (() => void) | undefined;
  /** The present packet, when it is not written as it is. */
  #prepared: Prepared | undefined;
  /** Pieces of it that are still to be written. */
  #pieces: Iterator<Piece> | undefined;
  #piece: Piece | undefined;

  /** @param peer The process that reads. */
  constructor(
    private readonly slabs: Slabs,
    private readonly peer: ProcessIdentity,
  ) {}

  /** What the reader opens it by. */
  get name(): string {
    return this.#ring.name;
  }

  /** A copy of the bytes that travels without further copies, where there is room for it. */
  copyOf(bytes: Uint8Array): Uint8Array | undefined {
    return this.slabs.copyOf(bytes);
  }

  /** Hands a packet over; `false` when there is no room for all of it now: the same packet has to come again. */
  write(packet: readonly Uint8Array[]): boolean {
    const isWritten =
      packet.length === 1 && !this.#pieces ? this.#writeWhole(packet, 0) : this.#writeLarge(packet);
    if (isWritten) this.#looks = 0;
    return isWritten;
  }

  /** Whether the present packet is in the ring in part: nothing else may be written before the rest of it. */
  get isWriting(): boolean {
    return this.#pieces !== undefined;
  }

  /** Whether the reader sleeps, and it is for us to wake it. */
  claimBell(): boolean {
    return this.#ring.claimBell();
  }

  /** Calls back soon, when there may be room, or the ring was closed. */
  whenRoom(callback: () => void): void {
    this.#onRoom = callback;
    if (this.#isLooking) return;
    this.#isLooking = true;
    if (this.#looks++ < eagerLooks) setImmediate(this.#lookAgain);
    else setTimeout(this.#lookAgain, lookInterval);
  }

  /** Calls back now, if somebody waits for room. */
  look(): void {
    const call = this.#onRoom;
    this.#onRoom = undefined;
    call?.();
  }

  /** Takes the name away; the memory stays as long as one of the two ends holds it. */
  unlink(): void {
    this.#ring.unlink();
  }

  close(): void {
    this.#ring.close();
  }

  readonly #lookAgain = () => {
    this.#isLooking = false;
    this.look();
  };

  #writeLarge(packet: readonly Uint8Array[]): boolean {
    if (this.#prepared?.of !== packet) this.#prepared = this.#prepare(packet);
    const { frames, flag } = this.#prepared;
    if (!this.#writeWhole(frames, flag)) return false;
    this.#prepared = undefined;
    for (const frame of packet) this.slabs.lent(frame, this.peer);
    return true;
  }

  #writeWhole(frames: readonly Uint8Array[], flag: number): boolean {
    if (this.#pieces || recordByteLength(frames) > this.#ring.maxRecord)
      return this.#writePieces(frames, flag);
    return this.#ring.write(frames, flag);
  }

  #writePieces(frames: readonly Uint8Array[], flag: number): boolean {
    this.#pieces ??= piecesOf(frames, flag, this.#ring.maxRecord - headBytes);
    for (;;) {
      this.#piece ??= this.#pieces.next().value as Piece | undefined;
      if (!this.#piece) break;
      if (!this.#ring.write([this.#piece.bytes], this.#piece.tag)) return false;
      this.#piece = undefined;
    }
    this.#pieces = undefined;
    return true;
  }

  /** Puts handles in the place of frames that are in slabs. */
  #prepare(packet: readonly Uint8Array[]): Prepared {
    const blocks = packet.map((frame) => this.slabs.blockOf(frame));
    if (!blocks.some(Boolean)) return { of: packet, frames: packet, flag: 0 };
    const table = encode(blocks.map((block) => block?.handle ?? null));
    const frames = packet.map((frame, index) => (blocks[index] ? nothing : frame));
    return { of: packet, frames: [table, ...frames], flag: RecordTag.withSlabs };
  }
}

const nothing = new Uint8Array(0);

interface Piece {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

function* piecesOf(frames: readonly Uint8Array[], flag: number, maxBytes: number): Generator<Piece> {
  const lengths = Uint32Array.from(frames, (frame) => frame.byteLength);
  yield { tag: RecordTag.lengths | flag, bytes: new Uint8Array(lengths.buffer) };
  for (const frame of frames) {
    for (let at = 0; at < frame.byteLength; at += maxBytes)
      yield { tag: RecordTag.piece, bytes: frame.subarray(at, at + maxBytes) };
  }
}
