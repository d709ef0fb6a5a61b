import {
  type Deferred,
  deferred,
  Fifo,
  type ProcessIdentity,
  TroupeError,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";
import { Push } from "zeromq";

import type { Credit } from "../wire-forms.js";
import { connectSocket } from "./connect-socket.js";
import { Lane, type Packet } from "./lane.js";
import { mayLinger } from "./let-go.js";
import type { LinkHost, PeerTerms } from "./link-host.js";
import type { RingRoute } from "./ring-route.js";
import type { Route } from "./route.js";

/** Milliseconds that a closing link may take to hand its last messages to the peer. */
const lingerTime = 1000;
/** ... and one whose peer is in no list to confirm that it has read them. */
const unlistedTime = 100;
/** Packets after which a link is worth a ring of its own. */
const ringFrom = 8;

/** A packet that goes before all else. */
interface ControlPacket {
  readonly frames: Uint8Array[];
  /** What follows it goes by this ring. */
  readonly ring?: RingRoute;
}

/**
 * The way to one peer: what is offered in one turn of the event loop leaves as one packet.
 *
 * Two lanes, each first in, first out and with room of its own: messages, which need the peer's credit,
 * and answers (replies, failures), which do not, because whoever asked has room for them. Without the
 * second, two peers that wait for each other's replies while both are full would wait for ever. A third
 * is for what the two ends tell each other about the link.
 *
 * A link outlives its peer's absence: {@link disconnect}, and {@link connect} again; what waits is kept.
 */
export class Link {
  readonly #messages: Lane;
  readonly #answers: Lane;
  /** Packets about the present connection. Its hello is the first. */
  readonly #control = new Fifo<ControlPacket>();
  #socket: Push | undefined;
  #endpoint: string | undefined;
  #peerProcess: ProcessIdentity | undefined;
  /** Where packets go, once the peer reads it; until then {@link #offered}. */
  #ring: RingRoute | undefined;
  #offered: RingRoute | undefined;
  /** Packets sent on the present connection, until it has a ring. */
  #packets = 0;
  /** Taken from its lane, not accepted by the route yet. */
  #current: Packet | undefined;
  #currentControl: ControlPacket | undefined;
  /** Number of the present connection; credit is counted within it. */
  #number = 0;
  #window = 0;
  #sent = 0;
  #consumed = 0;
  #scheduled = false;
  #pumping = false;
  /** Whether the turn is over, so that packets still open go too. */
  #flushing = false;
  /** Makes the error for those who come after the end: each gets one of its own, as stacks are added to it. */
  #closed: (() => Error) | undefined;
  /** Until nothing waits here any more. */
  #drained: Deferred<void> | undefined;
  /** Until the peer of a closing link has read all. */
  #heard: Deferred<void> | undefined;

  constructor(
    readonly peer: string,
    private readonly host: LinkHost,
  ) {
    const { sender, limits, transport } = host;
    const to = { peer, transport };
    const copyOf = (bytes: Uint8Array) => this.#ring?.copyOf(bytes) ?? bytes.slice();
    this.#messages = new Lane(sender, limits, true, copyOf, to);
    this.#answers = new Lane(sender, limits, false, copyOf, to);
  }

  /** Where it is connected to. */
  get endpoint(): string | undefined {
    return this.#endpoint;
  }

  /** The process that it was connected to last. */
  get peerProcess(): ProcessIdentity {
    return this.#peerProcess!;
  }

  /** What carries its packets now. */
  get carrier(): "ring" | "ipc" | "tcp" | undefined {
    if (this.#ring) return "ring";
    if (this.#endpoint === undefined) return undefined;
    return this.#endpoint.startsWith("ipc:") ? "ipc" : "tcp";
  }

  /** Messages that wait here. */
  get count(): number {
    return this.#messages.count + this.#answers.count + (this.#current?.messages ?? 0);
  }

  /** Whether {@link offer} would wait. */
  get full(): boolean {
    return this.#messages.full;
  }

  /** Whether {@link answer} would wait. */
  get answersFull(): boolean {
    return this.#answers.full;
  }

  /**
   * Connects to the peer's endpoint, opening with a hello.
   *
   * @throws ERR_PROTOCOL for an endpoint that is none; the link is not connected then.
   */
  connect({ endpoint, options }: Route, { window, readsRings, process: its }: PeerTerms): void {
    this.disconnect();
    this.#number = nextLink++;
    this.#window = window;
    this.#peerProcess = its;
    this.#packets = readsRings ? 0 : Infinity;
    this.#sent = this.#consumed = 0;
    // Without `immediate` ZeroMQ would queue for a peer that is not there and lose it with the socket.
    const socket = new Push({ immediate: true, linger: 0, ...options });
    try {
      connectSocket(socket, endpoint);
    } catch (error) {
      socket.close();
      throw new TroupeError("ERR_PROTOCOL", `"${this.peer}" gives an endpoint that is none: ${endpoint}`, {
        details: { peer: this.peer, endpoint },
        cause: error,
      });
    }
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.tell(this.host.hello(this.#number));
  }

  /** Lets go of the peer. What was not handed to ZeroMQ stays and goes out after the next {@link connect}. */
  disconnect(): void {
    this.#control.clear();
    this.#currentControl = undefined;
    this.#socket?.close();
    this.#socket = this.#endpoint = undefined;
    this.#ring?.close();
    this.#offered?.close();
    this.#ring = this.#offered = undefined;
  }

  /**
   * Adds a message for the peer. Gives a promise only when it has to wait for room; waiters go on in order.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE, ERR_CLOSED; and by the promise also ERR_TIMEOUT and
   *   ERR_CANCELLED. In each case nothing was added.
   */
  offer(message: WireMessage, options: WaitOptions): void | Promise<void> {
    return this.#add(this.#messages, message, options);
  }

  /** Adds an answer, which goes before messages and needs no credit. Throws as {@link offer}. */
  answer(message: WireMessage, options: WaitOptions): void | Promise<void> {
    return this.#add(this.#answers, message, options);
  }

  /**
   * Settles when all that was added has left this process, which needs its event loop for that; `undefined` when it has,
   * or the peer has to make room first.
   */
  whenSent(): Promise<void> | undefined {
    const ring = this.#ring;
    // A ring takes all at once, but for what is added behind the first message of a turn.
    if (this.#closed || (ring && this.#pumping)) return undefined;
    if (this.count === 0 && ring?.bell !== "again") return undefined;
    return (this.#drained ??= deferred()).promise;
  }

  /** Tells the peer something about the link itself, before all else. Does nothing while it is not connected. */
  tell(message: WireMessage): void {
    if (!this.#socket) return;
    this.#control.push({ frames: this.host.pack(message) });
    this.#schedule();
  }

  /** The peer says whether it reads the ring that link number `link` offered. */
  ringAnswered(link: number, isAccepted: boolean): void {
    const offered = this.#offered;
    if (!offered || link !== this.#number) return;
    this.#offered = undefined;
    offered.unlink();
    if (!isAccepted) return offered.close();
    this.#control.push({ frames: this.host.pack(this.host.ringSwitch(link)), ring: offered });
    this.#schedule();
  }

  /** Ends the waits for room. */
  refuse(reason: () => Error): void {
    this.#messages.refuse(reason);
    this.#answers.refuse(reason);
  }

  /** Takes note of what the peer has consumed. */
  credit({ link, consumed }: Credit): void {
    if (link !== this.#number || consumed <= this.#consumed) return;
    this.#consumed = Math.min(consumed, this.#sent);
    this.#schedule();
  }

  /** The peer has read all that was sent on link number `link`. */
  heard(link: number): void {
    if (link === this.#number) this.#heard?.resolve();
  }

  /**
   * Sends what waits and has the peer confirm that it has read all, for a second at most; then closes.
   * Nothing more is accepted meanwhile.
   *
   * @param listed Whether we would hear of the peer's end; one that may be gone already is not waited for long.
   * @returns Messages that could not be sent.
   */
  async drain(reason: () => Error, listed: boolean): Promise<number> {
    this.#closed = reason;
    this.refuse(reason);
    let lost = 0;
    const end = () => {
      mayLinger(lingerTime);
      lost += this.close(reason, lingerTime);
    };
    let timer = setTimeout(end, lingerTime);
    if (this.#socket && this.count > 0) await (this.#drained ??= deferred()).promise;
    if (this.#socket) {
      if (!listed) {
        clearTimeout(timer);
        timer = setTimeout(end, unlistedTime);
      }
      this.tell(this.host.bye(this.#number));
      await (this.#heard = deferred()).promise;
    }
    clearTimeout(timer);
    return lost + this.close(reason, lingerTime);
  }

  /**
   * Closes at once; says how many messages were still here.
   *
   * @param linger Milliseconds that ZeroMQ may take, behind our back, to hand over what it has accepted.
   */
  close(reason: () => Error, linger = 0): number {
    this.#closed = reason;
    if (this.#socket) this.#socket.linger = linger;
    this.refuse(reason);
    const lost = this.#messages.clear() + this.#answers.clear() + (this.#current?.messages ?? 0);
    this.#current = undefined;
    this.disconnect();
    this.#drained?.resolve();
    this.#heard?.resolve();
    return lost;
  }

  #add(lane: Lane, message: WireMessage, options: WaitOptions): void | Promise<void> {
    if (this.#closed) throw this.#closed();
    if (lane.full) return lane.enqueue(message, `room for a message to "${this.peer}"`, options);
    const isSealed = lane.add(message);
    const isFirst = !this.#scheduled;
    if (!this.#socket || !(isFirst || isSealed)) return;
    this.#schedule();
    // The first message of a turn goes at once: most often it is the only one.
    if (!this.#pumping) this.#pump(isFirst);
    // A loop that sends very much in one turn would keep what waits for room waiting for its end.
    else this.#ring?.look();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#socket) return;
    this.#scheduled = true;
    // From a promise's continuation the tick comes once the microtask queue is empty: what this turn of the
    // event loop sends behind its first message is in one packet, and none of it waits for the next turn.
    process.nextTick(() => {
      this.#scheduled = false;
      this.#flushing = true;
      if (!this.#pumping) this.#pump(false);
    });
  }

  /**
   * Hands packets to the route until there is none, or the route has to be waited for.
   *
   * @param eager Whether the first packet goes before it is sealed and the turn is over.
   */
  #pump(eager: boolean): void {
    this.#pumping = true;
    for (let socket = this.#socket; socket; socket = this.#socket) {
      // A packet that is in the ring in part goes on before anything else.
      const control = this.#ring?.isWriting ? undefined : (this.#currentControl ??= this.#control.shift());
      const packet = control ? undefined : (this.#current ??= this.#next(eager || this.#flushing));
      eager = false;
      const frames = control?.frames ?? packet?.frames;
      if (!frames) break;
      const ring = this.#ring;
      if (!ring) return this.#sendBySocket(socket, frames);
      const isWritten = ring.write(frames);
      // A large packet may be there in part, and its reader has to make room for the rest.
      if (ring.claimBell()) this.#ringTheBell(socket, ring);
      if (!isWritten) return ring.whenRoom(() => this.#pump(false));
      this.#sentOne(control, packet);
    }
    this.#pumping = this.#flushing = false;
    this.#settle();
  }

  #settle(): void {
    if (this.count > 0 || this.#ring?.bell === "again") return;
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  #sendBySocket(socket: Push, frames: Uint8Array[]): void {
    const number = this.#number;
    const packet = this.#current;
    const control = this.#currentControl;
    socket.send(frames.length === 1 ? frames[0]! : frames).then(
      () => {
        if (number === this.#number) {
          this.#sentOne(control, packet);
          if (++this.#packets === ringFrom) this.#offered = this.host.offerRing(this, number);
        } else if (packet && packet === this.#current) this.#current = undefined;
        this.#pump(false);
      },
      (error: unknown) => {
        // Closed under the send: a packet of a lane waits for the next connection, which may be there already.
        if (socket.closed) return this.#pump(false);
        const reason = () =>
          new TroupeError("ERR_PEER_LEFT", `Sending to "${this.peer}" failed.`, { cause: error });
        this.host.onBroken(this.close(reason));
        this.#pumping = this.#flushing = false;
      },
    );
  }

  /** The route has accepted the current packet. */
  #sentOne(control: ControlPacket | undefined, packet: Packet | undefined): void {
    if (control && control === this.#currentControl) {
      this.#currentControl = undefined;
      if (control.ring) this.#ring = control.ring;
    }
    if (packet && packet === this.#current) {
      this.#current = undefined;
      if (packet.metered) this.#sent += packet.bytes;
    }
  }

  /** Wakes the reader of the ring, which sleeps at its socket. */
  #ringTheBell(socket: Push, ring: RingRoute): void {
    // The socket takes one at a time; the reader may have heard that one, read all, and sleep again.
    if (ring.bell !== "quiet") return void (ring.bell = "again");
    ring.bell = "ringing";
    const over = () => {
      const again = ring.bell === "again";
      ring.bell = "quiet";
      if (again && !socket.closed) this.#ringTheBell(socket, ring);
      this.#settle();
    };
    socket.send(this.host.bell).then(over, over);
  }

  /**
   * The packet to send next: answers first, messages while the peer has room for them.
   *
   * @param open Whether it may be one that is not sealed.
   */
  #next(open: boolean): Packet | undefined {
    return (
      this.#answers.take(open) ??
      (this.#sent - this.#consumed < this.#window ? this.#messages.take(open) : undefined)
    );
  }
}

let nextLink = 1;
