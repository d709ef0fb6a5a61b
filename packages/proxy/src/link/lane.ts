import {
  armDeadline,
  type Deferred,
  deferred,
  type Destination,
  Fifo,
  PacketWriter,
  TroupeError,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";

/** A packet is sealed at this size or so many messages: the peer reads it while the burst goes on here. */
const packetBytes = 64 * 1024;
const packetMessages = 256;

/** Bounds of a link, in bytes. */
export interface LinkLimits {
  /** One message. */
  readonly message: number;
  /** What waits in a lane before it is full. */
  readonly outbound: number;
  /** What may wait for room beside that. */
  readonly waiting: number;
}

/** A sealed packet on its way. */
export interface Packet {
  readonly frames: Uint8Array[];
  readonly messages: number;
  readonly bytes: number;
  /** Whether it takes credit of the peer. */
  readonly metered: boolean;
}

/** One who waits for room, with the message that is to go in then. */
interface Waiter {
  readonly packet: Packet;
  readonly admitted: Deferred<void>;
}

/**
 * Messages to one peer in their order, packed: one packet being written, those before it sealed, and
 * behind them, when the lane is full, those who wait for room.
 */
export class Lane {
  readonly #writer: PacketWriter;
  readonly #sealed = new Fifo<Packet>();
  readonly #waiting = new Set<Waiter>();
  #waitingBytes = 0;
  /** Writes the packets of those who wait. */
  #apart: PacketWriter | undefined;
  #sealedBytes = 0;
  #sealedMessages = 0;

  /**
   * @param sender Identifies this end in every packet.
   * @param metered Whether what travels here takes credit of the peer.
   * @param copyOf Where attachments are copied to.
   * @param to Where its messages go.
   */
  constructor(
    private readonly sender: string,
    private readonly limits: LinkLimits,
    private readonly metered: boolean,
    private readonly copyOf?: (bytes: Uint8Array) => Uint8Array,
    private readonly to?: Destination,
  ) {
    this.#writer = new PacketWriter(sender, limits.message, copyOf, to);
  }

  /** Bytes that wait to be sent. */
  get byteLength(): number {
    return this.#sealedBytes + (this.#writer.count === 0 ? 0 : this.#writer.byteLength);
  }

  /** Messages that wait to be sent. */
  get count(): number {
    return this.#sealedMessages + this.#writer.count;
  }

  /** Whether a message has to {@link enqueue}: there is no room, or others wait for it. */
  get full(): boolean {
    return this.#waiting.size > 0 || this.byteLength >= this.limits.outbound;
  }

  /**
   * @returns Whether a packet is full with it.
   * @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE; in each case nothing was added.
   */
  add(message: WireMessage): boolean {
    this.#writer.add(message);
    if (this.#writer.byteLength < packetBytes && this.#writer.count < packetMessages) return false;
    this.#seal();
    return true;
  }

  /**
   * Adds a message as soon as there is room, after those who wait already. It is encoded at once.
   *
   * @param what Names the wait in errors.
   * @throws As {@link add}; ERR_MAILBOX_FULL when very much waits; ERR_TIMEOUT, ERR_CANCELLED, what
   *   {@link refuse} says; in each case nothing was added.
   */
  async enqueue(message: WireMessage, what: string, options: WaitOptions): Promise<void> {
    const limit = this.limits.waiting;
    if (this.#waitingBytes >= limit) {
      throw new TroupeError(
        "ERR_MAILBOX_FULL",
        `No ${what}: ${this.#waiting.size} messages wait for it already, of ${limit} bytes or more. Await each send before the next.`,
        { details: { waiting: this.#waiting.size, limit } },
      );
    }
    const waiter = { packet: this.#enclose(message), admitted: deferred<void>() };
    this.#waiting.add(waiter);
    this.#waitingBytes += waiter.packet.bytes;
    const disarm = armDeadline(what, options, (error) => {
      this.#forget(waiter);
      waiter.admitted.reject(error);
    });
    try {
      await waiter.admitted.promise;
    } finally {
      disarm();
    }
  }

  /** The oldest sealed packet; with `open` the one being written as well. `undefined` when there is none. */
  take(open: boolean): Packet | undefined {
    if (open && this.#sealed.size === 0) this.#seal();
    const packet = this.#sealed.shift();
    if (packet) {
      this.#sealedBytes -= packet.bytes;
      this.#sealedMessages -= packet.messages;
      if (this.#waiting.size > 0) this.#admit();
    }
    return packet;
  }

  /** Ends the waits for room, each with an error of its own. */
  refuse(reason: () => Error): void {
    for (const { admitted } of this.#waiting) admitted.reject(reason());
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** Forgets what waits to be sent and says how many messages that were. */
  clear(): number {
    const { count } = this;
    while (this.take(true));
    return count;
  }

  /** Lets in who waits, the longest waiting first, while there is room. */
  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.byteLength >= this.limits.outbound) return;
      this.#forget(waiter);
      this.#seal();
      this.#push(waiter.packet);
      waiter.admitted.resolve();
    }
  }

  #forget(waiter: Waiter): void {
    if (this.#waiting.delete(waiter)) this.#waitingBytes -= waiter.packet.bytes;
  }

  #enclose(message: WireMessage): Packet {
    this.#apart ??= new PacketWriter(this.sender, this.limits.message, this.copyOf, this.to);
    this.#apart.add(message);
    return this.#packed(this.#apart) as Packet;
  }

  #seal(): void {
    const packet = this.#packed(this.#writer);
    if (packet) this.#push(packet);
  }

  #packed(writer: PacketWriter): Packet | undefined {
    const messages = writer.count;
    const frames = writer.take();
    if (!frames) return undefined;
    let bytes = 0;
    for (const frame of frames) bytes += frame.byteLength;
    return { frames, messages, bytes, metered: this.metered };
  }

  #push(packet: Packet): void {
    this.#sealed.push(packet);
    this.#sealedBytes += packet.bytes;
    this.#sealedMessages += packet.messages;
  }
}
