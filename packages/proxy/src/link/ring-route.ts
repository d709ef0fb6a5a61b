import { recordByteLength, RingWriter } from "@troupe/shm";

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
} as const;

/** A shared-memory ring towards one peer of this host. */
export class RingRoute {
  readonly #ring = RingWriter.create(ringBytes);
  /** Whether a bell is on its way to the reader, and whether another is to follow. */
  bell: "quiet" | "ringing" | "again" = "quiet";
  #looks = 0;
  #onRoom: (() => void) | undefined;
  /** Pieces of the present packet that are still to be written. */
  #pieces: Iterator<Piece> | undefined;
  #piece: Piece | undefined;

  /** What the reader opens it by. */
  get name(): string {
    return this.#ring.name;
  }

  /** Hands a packet over; `false` when there is no room for all of it now: the same packet has to come again. */
  write(frames: readonly Uint8Array[]): boolean {
    const inPieces = this.#pieces !== undefined || recordByteLength(frames) > this.#ring.maxRecord;
    const isWritten = inPieces ? this.#writePieces(frames) : this.#ring.write(frames);
    if (isWritten) this.#looks = 0;
    return isWritten;
  }

  /** Whether the reader sleeps, and it is for us to wake it. */
  claimBell(): boolean {
    return this.#ring.claimBell();
  }

  /** Calls back soon, when there may be room, or the ring was closed. */
  whenRoom(callback: () => void): void {
    this.#onRoom = callback;
    if (this.#looks++ < eagerLooks) setImmediate(this.#call);
    else setTimeout(this.#call, lookInterval);
  }

  /** Takes the name away; the memory stays as long as one of the two ends holds it. */
  unlink(): void {
    this.#ring.unlink();
  }

  close(): void {
    this.#ring.close();
  }

  readonly #call = () => {
    const call = this.#onRoom;
    this.#onRoom = undefined;
    call?.();
  };

  #writePieces(frames: readonly Uint8Array[]): boolean {
    this.#pieces ??= piecesOf(frames, this.#ring.maxRecord - headBytes);
    for (;;) {
      this.#piece ??= this.#pieces.next().value as Piece | undefined;
      if (!this.#piece) break;
      if (!this.#ring.write(this.#piece.frames, this.#piece.tag)) return false;
      this.#piece = undefined;
    }
    this.#pieces = undefined;
    return true;
  }
}

interface Piece {
  readonly tag: number;
  readonly frames: readonly Uint8Array[];
}

function* piecesOf(frames: readonly Uint8Array[], maxBytes: number): Generator<Piece> {
  const lengths = Uint32Array.from(frames, (frame) => frame.byteLength);
  yield { tag: RecordTag.lengths, frames: [new Uint8Array(lengths.buffer)] };
  for (const frame of frames) {
    for (let at = 0; at < frame.byteLength; at += maxBytes)
      yield { tag: RecordTag.piece, frames: [frame.subarray(at, at + maxBytes)] };
  }
}
