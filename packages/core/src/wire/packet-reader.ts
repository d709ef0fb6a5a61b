import { Decoder, malformed } from "../codec/decoder.js";
import type { WireMessage } from "./message.js";

/**
 * Reads a packet from untrusted frames: its head at once, its messages one by one as they are asked for.
 *
 * Messages before a malformed one are good; nothing after it can be read.
 */
export class PacketReader {
  /** Protocol version that the sender speaks. The rest means something only when it is ours. */
  readonly version: number;
  readonly sender: string;
  readonly #decoder: Decoder;
  #left: number;

  /** @throws ERR_PROTOCOL when frame 0 has no packet's head. */
  constructor(frames: readonly Buffer[]) {
    const [head, ...attachments] = frames;
    if (!head) throw malformed("a packet without frames");
    this.#decoder = new Decoder(head, attachments);
    if (this.#decoder.arrayHeader() !== 3) throw malformed("a packet is not [version, sender, messages]");
    const version = this.#decoder.value();
    const sender = this.#decoder.value();
    if (typeof version !== "number" || typeof sender !== "string") {
      throw malformed("a packet does not start with a version and a sender");
    }
    this.version = version;
    this.sender = sender;
    this.#left = this.#decoder.arrayHeader();
  }

  /** Bytes of frame 0 read so far; the difference across {@link next} is what a message took there. */
  get position(): number {
    return this.#decoder.position;
  }

  /** The next message, `undefined` after the last. @throws ERR_PROTOCOL */
  next(): WireMessage | undefined {
    if (this.#left === 0) {
      if (!this.#decoder.atEnd) throw malformed("bytes follow the last message");
      return undefined;
    }
    this.#left--;
    const message = this.#decoder.value();
    if (!Array.isArray(message) || typeof message[0] !== "number")
      throw malformed("a message is no array with a kind");
    return message as unknown as WireMessage;
  }
}
