import { Decoder, malformed } from "../codec/decoder.js";
import { Kind, type WireMessage } from "./message.js";

/** The fields of a group message; nil is `null`. */
export interface GroupFields {
  id: number;
  type: string;
  source: string | null;
  destination: string | null;
  session: string | null;
  inReplyTo: number | null;
  body: unknown;
}

/** The attachments of a packet that has none. Never added to. */
const noFrames: Uint8Array[] = [];

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

  /**
   * @param context Told to registered extensions: where the packet came from.
   * @throws ERR_PROTOCOL when frame 0 has no packet's head.
   */
  constructor(frames: readonly Buffer[], context?: unknown) {
    const head = frames[0];
    if (!head) throw malformed("a packet without frames");
    this.#decoder = new Decoder(head, frames.length === 1 ? noFrames : frames.slice(1), context);
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

  /**
   * Reads the next message into `fields` if it is a group message as everybody writes them; else it is left
   * for {@link next}. Most messages are, and so need no array of their fields.
   */
  nextGroup(fields: GroupFields): boolean {
    const decoder = this.#decoder;
    const { position } = decoder;
    if (this.#left === 0 || !decoder.skip(0x98, Kind.group)) return false;
    const id = decoder.value();
    const type = decoder.value();
    const source = decoder.value();
    const destination = decoder.value();
    const session = decoder.value();
    const inReplyTo = decoder.value();
    if (
      typeof id !== "number" ||
      typeof type !== "string" ||
      (source !== null && typeof source !== "string") ||
      (destination !== null && typeof destination !== "string") ||
      (session !== null && typeof session !== "string") ||
      (inReplyTo !== null && typeof inReplyTo !== "number")
    ) {
      decoder.rewind(position);
      return false;
    }
    fields.id = id;
    fields.type = type;
    fields.source = source;
    fields.destination = destination;
    fields.session = session;
    fields.inReplyTo = inReplyTo;
    fields.body = decoder.value();
    this.#left--;
    return true;
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
