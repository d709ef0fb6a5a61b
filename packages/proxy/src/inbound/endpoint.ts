import {
  type Deferred,
  deferred,
  type GroupFields,
  isTroupeError,
  Kind,
  type Logger,
  type Message,
  ownedSocketPath,
  PacketReader,
  protocolVersion,
  removeSocket,
  TroupeError,
  uniqueId,
  type WireMessage,
} from "@troupe/core";
import type { Member } from "@troupe/registry";
import { Pull, Push, type SocketOptions } from "zeromq";

import { connectSocket } from "../link/connect-socket.js";
import { isAboutLink, readLinkMessage } from "../link-messages.js";
import type { Limits } from "../options.js";
import { RecentMap } from "../recent-map.js";
import { guard, pauseAdmission } from "../security/admission.js";
import type { CurveIdentity } from "../security/curve.js";
import { type Credit, isMetered, received } from "../wire-forms.js";
import { advertised } from "./listen-address.js";
import type { Parcel, Sender } from "./parcel.js";
import { Rings } from "./rings.js";

/** Senders remembered, so that one that was paused is known again: those with the latest hellos. */
const maxSenders = 8192;
/**
 * Messages that may wait before reading pauses for those who take them. Read far ahead of its use, a message
 * outlives the collection of young garbage, and that then costs more than all the rest (proxy bench, one way).
 */
const readAhead = 512;
const noHello = "a packet of a sender that did not say hello";
/** Milliseconds between two log lines about bad packets. */
const logInterval = 10_000;

/** How members on other hosts reach an endpoint. */
export interface RemoteOptions {
  /** A ZeroMQ address to bind to: `tcp://10.0.0.5:*`. */
  readonly address: string;
  readonly identity: CurveIdentity;
}

export interface EndpointOptions {
  readonly limits: Pick<Limits, "message" | "inbound">;
  readonly log: Logger;
  readonly remote?: RemoteOptions | undefined;
}

/** What the two ends of a link tell each other about it. */
export interface LinkEvents {
  /** A peer opened a link to here. */
  onHello(member: Member, sender: Sender): void;
  onCredit(sender: Sender, credit: Credit): void;
  /** The sender closes, and all that it sent on that link has been handed over. */
  onBye(sender: Sender, link: number): void;
  /** The sender has read all that we sent on that link of ours. */
  onByeHeard(sender: Sender, link: number): void;
  /** The sender offered a ring with that link, and we can read it or not. */
  onRingOffer(sender: Sender, link: number, isReadable: boolean): void;
  /** The sender answers what we offered with that link of ours. */
  onRingAnswer(sender: Sender, link: number, isAccepted: boolean): void;
  /** All messages of a parcel are consumed. */
  onConsumed(parcel: Parcel): void;
}

/** What is done with what arrives. None of these may throw. */
export interface EndpointHandler {
  readonly links: LinkEvents;
  /** Told to extensions of the codec: where messages came from. */
  readonly context?: unknown;
  /** Messages that wait to be taken. */
  readonly backlog: number;
  /** Whether whoever holds this CURVE key, on another host, may speak to us. */
  admit(publicKey: string): Promise<boolean>;
  /** `parcel` for a message that its sender needed credit for. Absent where group messages have no place. */
  onGroup?(message: Message, parcel: Parcel | undefined): void;
  /** A message of another kind. Says whether it has a place here. */
  onOther(message: WireMessage, sender: Sender, parcel: Parcel | undefined): boolean;
  /** A peer said hello, and `links` knows of it. */
  onPeer?(member: Member): void;
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

/** A time in which nothing is read. */
interface Pause {
  /** Sockets that are read still. */
  left: number;
  readonly begun: Deferred<void>;
  readonly over: Deferred<void>;
}

/**
 * Where a member is reached: a PULL socket bound to a path that only this user can enter, and for members
 * on other hosts one on tcp, encrypted, that only members of the group get through to.
 *
 * Bytes from anyone may arrive. What is malformed is counted, logged once in a while, and dropped.
 */
export class Endpoint {
  readonly url: string;
  /** Name of the member that is reached here; for messages that do not say whom they are for. */
  owner = "";
  readonly stats = { packets: 0, messages: 0, bytes: 0, malformed: 0 };
  readonly #path: string;
  /** The one for this host, and behind it the one for others where there is one. */
  readonly #sockets: Pull[] = [];
  #remoteUrl: string | undefined;
  #unguard: (() => void) | undefined;
  #handler: EndpointHandler | undefined;
  #rings: Rings | undefined;
  readonly #senders = new RecentMap<string, Sender>(maxSenders);
  #pause: Pause | undefined;
  /** Empty packets on their way that are of our own making. */
  #nudges = 0;
  /** Of the message that is being read; one object for all, as they are read one by one. */
  readonly #fields: GroupFields = {
    id: 0,
    type: "",
    source: null,
    destination: null,
    session: null,
    inReplyTo: null,
    body: undefined,
  };
  #nextLog = 0;

  private constructor(
    private readonly options: EndpointOptions,
    path: string,
  ) {
    this.#path = path;
    this.url = `ipc://${path}`;
    this.#sockets.push(new Pull({ linger: 0, maxMessageSize: options.limits.message + headroom }));
  }

  /**
   * Binds to a fresh path of this process, and to the address for other hosts when there is one.
   *
   * @throws ERR_CONFIG for an address that cannot be had.
   */
  static async open(options: EndpointOptions): Promise<Endpoint> {
    const endpoint = new Endpoint(options, ownedSocketPath("pull"));
    try {
      for (const socket of endpoint.#sockets) await socket.bind(endpoint.url);
      if (options.remote) await endpoint.#openRemote(options.remote);
      return endpoint;
    } catch (error) {
      endpoint.close();
      throw error;
    }
  }

  /** Where members on other hosts reach this one, `undefined` when they cannot. */
  get remoteUrl(): string | undefined {
    return this.#remoteUrl;
  }

  /** Reads until {@link close}. */
  async serve(handler: EndpointHandler): Promise<void> {
    this.#handler = handler;
    this.#rings = new Rings(
      {
        get mayRead() {
          return handler.backlog <= readAhead;
        },
        onPacket: (frames) => this.#read(frames, handler),
        onBroken: (problem) => this.#malformed(problem),
      },
      this.options.limits.message + headroom,
    );
    await Promise.all(this.#sockets.map((socket) => this.#drain(socket, handler)));
  }

  /** A peer is gone: what its ring still holds is read, and the ring given up. */
  forget(incarnation: string): void {
    this.#rings?.forget(incarnation);
  }

  /** A peer may be gone: its ring is given up as soon as its process is. */
  suspect({ incarnation, process: itsProcess }: Member): void {
    this.#rings?.suspect(incarnation, itsProcess);
  }

  /**
   * Leaves what arrives at the socket there until the given function is called: a socket that waits for a message
   * keeps its process alive, and meanwhile this one does not. Rings are read on, and keep it alive until they sleep.
   */
  async pause(): Promise<() => void> {
    const pause = (this.#pause ??= { left: this.#sockets.length, begun: deferred(), over: deferred() });
    // A receive cannot be taken back: it is given something to receive.
    const nudges = [this.#nudge(this.url)];
    const { remote } = this.options;
    if (remote && this.#remoteUrl !== undefined)
      nudges.push(this.#nudge(this.#remoteUrl, remote.identity.towardsItself));
    const sockets = await Promise.all(nudges);
    await pause.begun.promise;
    for (const socket of sockets) socket.close();
    const admitAgain = await pauseAdmission();
    return () => {
      admitAgain();
      this.#pause = undefined;
      pause.over.resolve();
    };
  }

  close(): void {
    for (const socket of this.#sockets) if (!socket.closed) socket.close();
    this.#pause?.begun.resolve();
    this.#rings?.close();
    this.#unguard?.();
    this.#unguard = undefined;
    removeSocket(this.#path);
  }

  /** Sends what is for nobody. */
  async #nudge(url: string, options: SocketOptions<Push> = {}): Promise<Push> {
    const nudge = new Push({ linger: 0, ...options });
    this.#nudges++;
    connectSocket(nudge, url);
    await nudge.send(emptyFrame);
    return nudge;
  }

  /** Only members of the group get through to this socket: ZeroMQ asks about each who connects. */
  async #openRemote({ address, identity }: RemoteOptions): Promise<void> {
    const domain = uniqueId();
    const maxMessageSize = this.options.limits.message + headroom;
    this.#unguard = await guard(domain, (key) => this.#handler?.admit(key) ?? Promise.resolve(false));
    const socket = new Pull({ linger: 0, maxMessageSize, zapDomain: domain, ...identity.server });
    this.#sockets.push(socket);
    try {
      await socket.bind(address);
    } catch (error) {
      throw new TroupeError("ERR_CONFIG", `Cannot listen at ${address}: ${(error as Error).message}`, {
        cause: error,
        details: { address },
      });
    }
    this.#remoteUrl = advertised(socket.lastEndpoint ?? address);
  }

  async #drain(socket: Pull, handler: EndpointHandler): Promise<void> {
    try {
      for (;;) {
        const frames = await socket.receive();
        // Closing a socket gives whoever waits there what had arrived by then: it is for nobody any more.
        if (socket.closed) return;
        if (this.#nudges > 0 && frames[0]!.byteLength === 0) this.#nudges--;
        else this.#read(frames, handler);
        if (handler.backlog > readAhead) await handled();
        if (!this.#pause) continue;
        if (--this.#pause.left === 0) this.#pause.begun.resolve();
        await this.#pause.over.promise;
      }
    } catch (error) {
      if (!socket.closed) handler.onFailure(error);
    }
  }

  #read(frames: Buffer[], handler: EndpointHandler): void {
    this.stats.packets++;
    let bytes = 0;
    for (const frame of frames) bytes += frame.byteLength;
    this.stats.bytes += bytes;
    try {
      const packet = new PacketReader(frames, handler.context);
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
      for (;;) {
        const isGroup = packet.nextGroup(this.#fields);
        const wire = isGroup ? undefined : packet.next();
        if (!isGroup && !wire) return;
        this.stats.messages++;
        if (wire?.[0] === Kind.system && isAboutLink(wire)) {
          sender = this.#aboutLink(wire, packet.sender, sender, handler);
          continue;
        }
        if (!sender) return this.#malformed(noHello);
        const metered = wire ? isMetered(wire[0]) : this.#fields.inReplyTo === null;
        if (metered) {
          if (!parcel && !this.#admits(sender, bytes))
            return this.#malformed("a packet beyond the credit of its sender");
          // Kept open by one until the packet is read, lest its first message settle it.
          parcel ??= { sender, bytes, left: 1 };
          parcel.left++;
        }
        const own = metered ? parcel : undefined;
        const taken = wire ? handler.onOther(wire, sender, own) : this.#group(sender, own, handler);
        if (taken) continue;
        if (own) own.left--;
        this.#malformed(`a message of kind ${wire?.[0] ?? Kind.group} that has no place here`);
      }
    } finally {
      if (parcel && --parcel.left === 0) handler.links.onConsumed(parcel);
    }
  }

  #group(sender: Sender, parcel: Parcel | undefined, handler: EndpointHandler): boolean {
    if (!handler.onGroup) return false;
    handler.onGroup(received(this.#fields, sender.name, this.owner), parcel);
    return true;
  }

  /** Whether a sender keeps to its credit: the window, and the one packet with which it may pass it. */
  #admits(sender: Sender, bytes: number): boolean {
    const { inbound, message } = this.options.limits;
    if (sender.received + bytes - sender.consumed > inbound + message + headroom) return false;
    sender.received += bytes;
    return true;
  }

  /** Handles what concerns the link itself; gives the sender, a new one after a hello. */
  #aboutLink(
    wire: WireMessage,
    id: string,
    sender: Sender | undefined,
    handler: EndpointHandler,
  ): Sender | undefined {
    const said = readLinkMessage(wire);
    if (said?.op === "hello") {
      const { member, link } = said.args;
      const fresh = { name: member.name, link, received: 0, consumed: 0, acknowledged: 0 };
      this.#rings?.forget(id);
      this.#senders.set(id, fresh);
      handler.links.onHello(member, fresh);
      handler.onPeer?.(member);
      return fresh;
    }
    if (!said || !sender) {
      this.#malformed("a message about a link of unknown form, or of a sender that did not say hello");
    } else if (said.op === "credit") handler.links.onCredit(sender, said.args);
    else if (said.op === "bye") handler.links.onBye(sender, said.args.link);
    else if (said.op === "bye-heard") handler.links.onByeHeard(sender, said.args.link);
    else if (said.op === "ring-answer")
      handler.links.onRingAnswer(sender, said.args.link, said.args.accepted);
    else if (said.op === "ring-offer")
      handler.links.onRingOffer(sender, said.args.link, this.#rings?.offer(id, said.args.ring) ?? false);
    else if (said.op === "ring-switch") this.#rings?.start(id);
    else this.#rings?.wake();
    return sender;
  }

  #malformed(problem: string): void {
    this.stats.malformed++;
    const now = performance.now();
    if (now < this.#nextLog) return;
    this.#nextLog = now + logInterval;
    this.options.log.warn(
      { endpoint: this.url, malformed: this.stats.malformed },
      `dropped a bad packet: ${problem}`,
    );
  }
}

/** The next turn of the event loop: when the messages at hand have been handled as far as they can be in this one. */
function handled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** What ends the wait for a packet, and is none. */
const emptyFrame = new Uint8Array();

/** Bytes that a packet's head and other messages may add to one frame of the largest message. */
const headroom = 1024 * 1024;
