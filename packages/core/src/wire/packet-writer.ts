import { Encoder } from "../codec/encoder.js";
import type { Destination } from "../codec/extension.js";
import { encodingFailure } from "../codec/not-serializable.js";
import { TroupeError } from "../errors/troupe-error.js";
import { fieldNames, type WireMessage } from "./message.js";
import { protocolVersion } from "./protocol.js";

/** First buffer of a writer, and the size of those after it; packets are cut from it one behind the other. */
const bufferBytes = 256 * 1024;

/**
 * Packs messages into a packet: frame 0 `[version, sender, messages]`, then one frame an attachment.
 *
 * A message is encoded the moment it is added, straight into the packet's bytes: what the sender does to
 * its objects afterwards does not matter, and a message that cannot be encoded leaves the others whole.
 */
export class PacketWriter {
  readonly #encoder: Encoder;
  #count = 0;
  #lengthAt = 0;
  #adding = false;

  /**
   * @param sender Written into every packet.
   * @param byteLimit Most bytes of one message, attachments included.
   * @param copyOf Where attachments are copied to; fresh memory by default.
   * @param to Told to registered extensions: where the packets go.
   */
  constructor(
    private readonly sender: string,
    byteLimit: number,
    copyOf?: (bytes: Uint8Array) => Uint8Array,
    to?: Destination,
  ) {
    this.#encoder = new Encoder(true, bufferBytes, to);
    this.#encoder.byteLimit = byteLimit;
    if (copyOf) this.#encoder.copyOf = copyOf;
  }

  /** Messages in the packet so far. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the packet so far, attachments included. */
  get byteLength(): number {
    return this.#encoder.totalBytes;
  }

  /**
   * Adds a message; gives the bytes it took.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; in each case the packet is as it was.
   */
  add(message: WireMessage): number {
    const encoder = this.#encoder;
    if (this.#adding)
      throw new TroupeError("ERR_NOT_SERIALIZABLE", "A getter of a message sent another message.");
    if (this.#count === 0) this.#open();
    const { size, attachmentCount, totalBytes } = encoder;
    encoder.limitBase = totalBytes;
    this.#adding = true;
    try {
      encoder.value(message);
      encoder.checkLimit();
    } catch (error) {
      encoder.rewind(size, attachmentCount);
      throw encodingFailure(message, error, fieldNames(message[0]));
    } finally {
      this.#adding = false;
    }
    this.#count++;
    return encoder.totalBytes - totalBytes;
  }

  /** The packet's frames, or `undefined` when nothing was added; the writer starts a new packet. */
  take(): Uint8Array[] | undefined {
    if (this.#count === 0 || this.#adding) return undefined;
    this.#encoder.patchUint32(this.#lengthAt, this.#count);
    this.#count = 0;
    return this.#encoder.take();
  }

  #open(): void {
    this.#encoder.rewind(0, 0);
    this.#encoder.arrayHeader(3);
    this.#encoder.number(protocolVersion);
    this.#encoder.string(this.sender);
    this.#lengthAt = this.#encoder.openArrayHeader();
  }
}
