import { Fifo, PacketWriter, type WireMessage } from "@troupe/core";

/** A packet is sealed at this size or so many messages: the peer reads it while the burst goes on here. */
const packetBytes = 64 * 1024;
const packetMessages = 128;

/** A sealed packet on its way. */
export interface Packet {
  readonly frames: Uint8Array[];
  readonly messages: number;
  readonly bytes: number;
  /** Whether it takes credit of the peer. */
  readonly metered: boolean;
}

/** Messages to one peer in their order, packed: one packet being written, those before it sealed. */
export class Lane {
  readonly #writer: PacketWriter;
  readonly #sealed = new Fifo<Packet>();
  #sealedBytes = 0;
  #sealedMessages = 0;

  /**
   * @param sender Identifies this end in every packet.
   * @param messageLimit Most bytes of one message.
   * @param metered Whether what travels here takes credit of the peer.
   */
  constructor(
    sender: string,
    messageLimit: number,
    private readonly metered: boolean,
  ) {
    this.#writer = new PacketWriter(sender, messageLimit);
  }

  /** Bytes that wait to be sent. */
  get byteLength(): number {
    return this.#sealedBytes + (this.#writer.count === 0 ? 0 : this.#writer.byteLength);
  }

  /** Messages that wait to be sent. */
  get count(): number {
    return this.#sealedMessages + this.#writer.count;
  }

  /** Whether a packet is sealed. */
  get hasSealed(): boolean {
    return this.#sealed.size > 0;
  }

  /** @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; in each case nothing was added. */
  add(message: WireMessage): void {
    this.#writer.add(message);
    if (this.#writer.byteLength >= packetBytes || this.#writer.count >= packetMessages) this.#seal();
  }

  /** The oldest sealed packet; with `open` the one being written as well. `undefined` when there is none. */
  take(open: boolean): Packet | undefined {
    if (open && this.#sealed.size === 0) this.#seal();
    const packet = this.#sealed.shift();
    if (packet) {
      this.#sealedBytes -= packet.bytes;
      this.#sealedMessages -= packet.messages;
    }
    return packet;
  }

  /** Forgets what waits and says how many messages that were. */
  clear(): number {
    const { count } = this;
    while (this.take(true));
    return count;
  }

  #seal(): void {
    const messages = this.#writer.count;
    const frames = this.#writer.take();
    if (!frames) return;
    let bytes = 0;
    for (const frame of frames) bytes += frame.byteLength;
    this.#sealed.push({ frames, messages, bytes, metered: this.metered });
    this.#sealedBytes += bytes;
    this.#sealedMessages += messages;
  }
}
