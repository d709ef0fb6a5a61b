import { defaultByteLimit } from "./format.js";
import { tooLarge } from "./refused.js";

/** Largest buffer that is used again when values have made it grow beyond the first size. */
const keptBytes = 64 * 1024;

/** Stands for a buffer while there is none. */
const nothing = Buffer.allocUnsafeSlow(0);
const viewOfNothing = viewOf(nothing);

/**
 * What was written and not handed over yet: bytes that grow, and attachments beside them.
 *
 * {@link take} hands it over; {@link rewind} drops the last of it. Its fields are open to the encoder that
 * extends it, which writes through them without a call for each byte.
 */
export class Output {
  protected bytes = nothing;
  protected view = viewOfNothing;
  /** Where the next byte goes. */
  protected position = 0;
  /** Where what was not handed over yet begins. */
  protected start = 0;
  #attachments: Uint8Array[] | undefined;
  #attachedBytes = 0;
  /** Bytes that may be pending beyond {@link limitBase}, attachments included. */
  byteLimit = defaultByteLimit;
  /** Bytes that were pending before what the limit is for. */
  limitBase = 0;
  /** Copies what becomes an attachment, so that the sender may write to its array as soon as the call returns. */
  copyOf: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes.slice();

  /** @param initialBytes Size of a fresh buffer. There is none until something is written. */
  constructor(private readonly initialBytes: number) {}

  /** Bytes written since the last {@link take}. */
  get size(): number {
    return this.position - this.start;
  }

  /** Bytes written and attached since the last {@link take}. */
  get totalBytes(): number {
    return this.size + this.#attachedBytes;
  }

  get attachmentCount(): number {
    return this.#attachments?.length ?? 0;
  }

  /**
   * Hands over what was written: the bytes, then the attachments. The bytes are never written again;
   * the next ones go behind them in the same buffer, or in a new one when little is left.
   */
  take(): Uint8Array[] {
    const bytes = this.bytes.subarray(this.start, this.position);
    const frames = this.#attachments === undefined ? [bytes] : [bytes, ...this.#attachments];
    this.#attachments = undefined;
    this.#attachedBytes = 0;
    this.start = this.position;
    // A buffer that had to grow far is not kept: one small value would hold all of its memory.
    const left = this.bytes.length - this.start;
    if (left < this.initialBytes >> 3 || this.bytes.length > Math.max(this.initialBytes, keptBytes)) {
      this.bytes = nothing;
      this.view = viewOfNothing;
      this.start = this.position = 0;
    }
    return frames;
  }

  /** Drops all that was written after `size` bytes and `attachmentCount` attachments. */
  rewind(size: number, attachmentCount: number): void {
    this.position = this.start + size;
    if (this.#attachments === undefined) return;
    for (const dropped of this.#attachments.splice(attachmentCount))
      this.#attachedBytes -= dropped.byteLength;
    if (attachmentCount === 0) this.#attachments = undefined;
  }

  /** Overwrites the four bytes at `offset` (from the last {@link take}) with a big-endian number. */
  patchUint32(offset: number, value: number): void {
    this.view.setUint32(this.start + offset, value);
  }

  /** @throws ERR_MESSAGE_TOO_LARGE when more than {@link byteLimit} bytes are pending. */
  checkLimit(): void {
    this.requireRoom(0);
  }

  /** Refuses what has no room before memory is taken for it. @throws ERR_MESSAGE_TOO_LARGE */
  protected requireRoom(bytes: number): void {
    const total = this.totalBytes - this.limitBase + bytes;
    if (total > this.byteLimit) throw tooLarge(total, this.byteLimit);
  }

  /** Adds a copy of the bytes as an attachment; gives its number, from 1. */
  protected attach(bytes: Uint8Array): number {
    this.#attachments ??= [];
    this.#attachedBytes += bytes.byteLength;
    return this.#attachments.push(this.copyOf(bytes));
  }

  /** Sees to it that so many bytes can be written. */
  protected reserve(bytes: number): void {
    if (this.position + bytes > this.bytes.length) this.#renew(this.size + bytes);
  }

  /** Moves on to a fresh buffer, taking along what is not handed over yet; the old one stays with its readers. */
  #renew(bytes: number): void {
    this.checkLimit();
    const room = bytes < keptBytes ? bytes : Math.floor(bytes / 4);
    const next = Buffer.allocUnsafeSlow(Math.max(this.initialBytes, bytes + room));
    const pending = this.size;
    this.bytes.copy(next, 0, this.start, this.position);
    this.bytes = next;
    this.view = viewOf(next);
    this.start = 0;
    this.position = pending;
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
