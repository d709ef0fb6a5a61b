import { rm } from "node:fs/promises";

import {
  isTroupeError,
  Kind,
  type Logger,
  type Message,
  ownedSocketPath,
  PacketReader,
  protocolVersion,
  type WireMessage,
} from "@troupe/core";
import { Pull } from "zeromq";

import { type Credit, type Hello, readGroupMessage, readSystemMessage } from "../wire-forms.js";
import { RecentMap } from "../recent-map.js";
import type { Parcel, Sender } from "./inbox.js";

/** Senders remembered, so that one that was paused is known again: those with the latest hellos. */
const maxSenders = 8192;
/** Milliseconds between two log lines about bad packets. */
const logInterval = 10_000;

/** What is done with what arrives. None of these may throw. */
export interface EndpointHandler {
  /** `parcel` for a message that its sender needed credit for. */
  onMessage(message: Message, parcel: Parcel | undefined): void;
  /** The message `id` of ours could not be handled. */
  onError(id: number, error: Error): void;
  /** All messages of a parcel are consumed. */
  onConsumed(parcel: Parcel): void;
  onHello(hello: Hello, sender: Sender): void;
  onCredit(sender: Sender, credit: Credit): void;
  /** Nothing more will arrive, because reading failed. */
  onFailure(error: unknown): void;
}

/** Counts of an endpoint since it opened. */
export interface EndpointStats {
  readonly packets: number;
  readonly messages: number;
  readonly bytes: number;
  /** Packets that were not what the protocol says, or came from nobody who said hello. */
  readonly malformed: number;
}

/**
 * Where a member is reached: one PULL socket, bound to a path that only this user can enter.
 *
 * Bytes from anyone may arrive. What is malformed is counted, logged once in a while, and dropped.
 */
export class Endpoint {
  readonly url: string;
  /** Name of the member that is reached here; for messages that do not say whom they are for. */
  owner = "";
  readonly stats = { packets: 0, messages: 0, bytes: 0, malformed: 0 };
  readonly #path: string;
  readonly #socket: Pull;
  readonly #senders = new RecentMap<string, Sender>(maxSenders);
  #nextLog = 0;

  private constructor(
    path: string,
    messageLimit: number,
    private readonly log: Logger,
  ) {
    this.#path = path;
    this.url = `ipc://${path}`;
    this.#socket = new Pull({ linger: 0, maxMessageSize: messageLimit + headroom });
  }

  /** Binds to a fresh path of this process. */
  static async open(messageLimit: number, log: Logger): Promise<Endpoint> {
    const endpoint = new Endpoint(ownedSocketPath("pull"), messageLimit, log);
    await endpoint.#socket.bind(endpoint.url);
    return endpoint;
  }

  /** Reads until {@link close}. */
  async serve(handler: EndpointHandler): Promise<void> {
    try {
      for (;;) this.#read(await this.#socket.receive(), handler);
    } catch (error) {
      if (!this.#socket.closed) handler.onFailure(error);
    }
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    this.#socket.close();
    await rm(this.#path, { force: true });
  }

  #read(frames: Buffer[], handler: EndpointHandler): void {
    this.stats.packets++;
    let bytes = 0;
    for (const frame of frames) bytes += frame.byteLength;
    this.stats.bytes += bytes;
    try {
      const packet = new PacketReader(frames);
      if (packet.version !== protocolVersion) {
        this.#malformed(
          `it is of protocol version ${packet.version}, and this process speaks ${protocolVersion}`,
        );
        return;
      }
      this.#readMessages(packet, bytes, handler);
    } catch (error) {
      if (!isTroupeError(error, "ERR_PROTOCOL")) throw error;
      this.#malformed(error.message);
    }
  }

  #readMessages(packet: PacketReader, bytes: number, handler: EndpointHandler): void {
    let sender = this.#senders.get(packet.sender);
    let parcel: Parcel | undefined;
    try {
      for (let wire = packet.next(); wire; wire = packet.next()) {
        this.stats.messages++;
        if (wire[0] === Kind.system) {
          sender = this.#system(wire, packet.sender, sender, handler);
          continue;
        }
        if (!sender) return this.#malformed("a packet of a sender that did not say hello");
        const [kind, id, error] = wire;
        const message = kind === Kind.group ? readGroupMessage(wire, sender.name, this.owner) : undefined;
        if (message?.inReplyTo === undefined && message) {
          // Kept open by one until the packet is read, lest its first message settle it.
          parcel ??= { sender, bytes, left: 1 };
          parcel.left++;
          handler.onMessage(message, parcel);
        } else if (message) {
          handler.onMessage(message, undefined);
        } else if (kind === Kind.error && typeof id === "number" && error instanceof Error) {
          handler.onError(id, error);
        } else {
          this.#malformed(`a message of kind ${kind} that has no place here`);
        }
      }
    } finally {
      if (parcel && --parcel.left === 0) handler.onConsumed(parcel);
    }
  }

  /** Handles what concerns the link itself; gives the sender, a new one after a hello. */
  #system(
    wire: WireMessage,
    id: string,
    sender: Sender | undefined,
    handler: EndpointHandler,
  ): Sender | undefined {
    const system = readSystemMessage(wire);
    if (system?.op === "hello") {
      const fresh = { name: system.args.member.name, link: system.args.link, consumed: 0, acknowledged: 0 };
      this.#senders.set(id, fresh);
      handler.onHello(system.args, fresh);
      return fresh;
    }
    if (system && sender) handler.onCredit(sender, system.args);
    else this.#malformed("a system message of unknown form, or of a sender that did not say hello");
    return sender;
  }

  #malformed(problem: string): void {
    this.stats.malformed++;
    const now = performance.now();
    if (now < this.#nextLog) return;
    this.#nextLog = now + logInterval;
    this.log.warn(
      { endpoint: this.url, malformed: this.stats.malformed },
      `dropped a bad packet: ${problem}`,
    );
  }
}

/** Bytes that a packet's head and other messages may add to one frame of the largest message. */
const headroom = 1024 * 1024;
