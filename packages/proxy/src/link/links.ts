import {
  isSameHost,
  type Logger,
  numberSequence,
  PacketWriter,
  protocolVersion,
  type WireMessage,
} from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { Parcel, Sender } from "../inbound/parcel.js";
import type { Limits } from "../options.js";
import { RecentMap } from "../recent-map.js";
import type { CurveIdentity } from "../security/curve.js";
import {
  byeHeardMessage,
  byeMessage,
  type Credit,
  creditMessage,
  helloMessage,
  ringAnswerMessage,
  ringBellMessage,
  ringOfferMessage,
  ringSwitchMessage,
} from "../wire-forms.js";
import { mayLinger } from "./let-go.js";
import { Link } from "./link.js";
import { RingRoute } from "./ring-route.js";
import { Slabs } from "./slabs.js";
import { routeTo } from "./route.js";

/** Part of a sender's credit after whose consumption it is told: often enough not to stop it. */
const creditShare = 0.25;
/** Most bytes of a hello: of a member, which the registry limits, and a little. */
const maxMemberBytes = 128 * 1024;
/** Milliseconds that the last answer to a peer may take to be handed over. */
const answerTime = 100;
/** Senders whose credit is remembered while their link is down. */
const maxSenders = 8192;

/** What links need of the member that has them. */
export interface LinksHost {
  readonly self: Member;
  /** Told to the codec's extensions: what the links belong to. */
  readonly transport?: unknown;
  readonly limits: Limits;
  /** Its keys towards other hosts; absent when it cannot be reached from there. */
  readonly identity: CurveIdentity | undefined;
  readonly log: Logger;
  /** Whether to go by shared memory where that is to be had. */
  readonly rings: boolean;
  /** Opens a link to a peer, if there is such a peer. */
  open(name: string): Link | undefined;
  /** So many messages were accepted and could not be sent. */
  onLost(count: number): void;
}

/** A member's links, and what the two ends of each tell each other about it: hello, credit, bye. */
export class Links {
  readonly #links = new Map<string, Link>();
  /** By incarnation. */
  readonly #senders = new RecentMap<string, Sender>(maxSenders);
  /** For what links say of themselves. */
  readonly #writer: PacketWriter;
  readonly #nextNumber = numberSequence();
  readonly #bell: Uint8Array;
  readonly #slabs = new Slabs();
  /** Peers that said bye: they do not hear ours for long any more. */
  readonly #leaving = new Set<string>();
  #isWithoutRings = false;
  #closing = false;

  constructor(private readonly host: LinksHost) {
    this.#writer = new PacketWriter(host.self.incarnation, maxMemberBytes);
    this.#bell = Buffer.from(this.#pack(ringBellMessage(0))[0]!);
  }

  get(name: string): Link | undefined {
    return this.#links.get(name);
  }

  /** Number for a message, unique in this process's run of the member. */
  nextId(): number {
    return this.#nextNumber();
  }

  /** Opens a link to a member; to one that is away when none is given. @throws what {@link connect} throws. */
  open(name: string, member: Member | undefined): Link {
    const { host } = this;
    const link: Link = new Link(name, {
      sender: host.self.incarnation,
      transport: host.transport,
      limits: { ...host.limits, message: this.#largest(member) },
      hello: (number) =>
        helloMessage(this.nextId(), { versions: [protocolVersion], member: host.self, link: number }),
      bye: (number) => byeMessage(this.nextId(), number),
      pack: (message) => this.#pack(message),
      bell: this.#bell,
      offerRing: (to, number) => this.#offerRing(to, number),
      ringSwitch: (number) => ringSwitchMessage(this.nextId(), number),
      onBroken: (lost) => {
        host.onLost(lost);
        if (this.#links.get(name) === link) this.#links.delete(name);
      },
    });
    if (member) this.connect(link, member);
    this.#links.set(name, link);
    return link;
  }

  /** Connects a link to where its peer is now. @throws ERR_UNAUTHORIZED, ERR_PROTOCOL */
  connect(link: Link, member: Member): void {
    const { window, ring } = member.meta ?? {};
    link.connect(routeTo(member, this.host.identity), {
      window: typeof window === "number" ? window : Infinity,
      process: member.process,
      readsRings: this.host.rings && ring === 1 && isSameHost(member.process),
    });
    // Credit that was on its way when the last connection went is told again.
    const sender = this.#senders.get(member.incarnation);
    if (sender) link.tell(creditMessage(this.nextId(), { link: sender.link, consumed: sender.consumed }));
  }

  /** Opens or reopens the way to a peer that is there (again), if anything is to be said to it. */
  greet(member: Member): void {
    const link = this.#links.get(member.name);
    // Its credit may have been lost with the last link, and it may wait for that to send anything.
    if (!link) return void (this.#senders.has(member.incarnation) && this.#tryOpen(member.name));
    try {
      if (link.endpoint === routeTo(member, this.host.identity).endpoint) return;
      this.connect(link, member);
    } catch (error) {
      this.host.log.warn({ err: error, peer: member.name }, "no link to a peer");
    }
  }

  /** Closes the link to a peer at once. */
  drop(name: string, reason: () => Error): void {
    this.#leaving.delete(name);
    const link = this.#links.get(name);
    if (!link) return;
    this.#links.delete(name);
    this.host.onLost(link.close(reason));
  }

  /**
   * Sends what was accepted, for a second at most each, and accepts no more.
   *
   * @param isListed Whether we would hear of a peer's end.
   */
  async drain(reason: () => Error, isListed: (name: string) => boolean): Promise<void> {
    this.#closing = true;
    const isStaying = (name: string) => isListed(name) && !this.#leaving.has(name);
    const finish = async (link: Link) => {
      // Nobody receives here any more.
      const own = link.peer === this.host.self.name;
      this.host.onLost(own ? link.close(reason) : await link.drain(reason, isStaying(link.peer)));
      // A peer that says bye after this is answered by a link of its own.
      if (this.#links.get(link.peer) === link) this.#links.delete(link.peer);
    };
    await Promise.all([...this.#links.values()].map(finish));
  }

  /**
   * Closes those that were opened meanwhile, to answer others who close.
   *
   * @param linger Milliseconds that the answers may take to be handed over.
   */
  close(reason: () => Error, linger = answerTime): void {
    if (this.#links.size > 0) mayLinger(linger);
    for (const link of this.#links.values()) link.close(reason, linger);
    this.#links.clear();
    this.#slabs.close();
  }

  /** A peer said hello. */
  onHello(member: Member, sender: Sender): void {
    this.#leaving.delete(member.name);
    this.#senders.set(member.incarnation, sender);
  }

  onCredit({ name }: Sender, credit: Credit): void {
    this.#links.get(name)?.credit(credit);
  }

  onBye({ name }: Sender, link: number): void {
    this.#leaving.add(name);
    this.#tryOpen(name)?.tell(byeHeardMessage(this.nextId(), link));
  }

  onByeHeard({ name }: Sender, link: number): void {
    this.#links.get(name)?.heard(link);
  }

  onRingOffer({ name }: Sender, link: number, isReadable: boolean): void {
    this.#tryOpen(name)?.tell(ringAnswerMessage(this.nextId(), link, isReadable));
  }

  onRingAnswer({ name }: Sender, link: number, isAccepted: boolean): void {
    this.#links.get(name)?.ringAnswered(link, isAccepted);
  }

  /** All messages of a parcel were consumed: its sender gets credit for as much again, once in a while. */
  onConsumed({ sender, bytes }: Parcel): void {
    sender.consumed += bytes;
    if (sender.consumed - sender.acknowledged < this.host.limits.inbound * creditShare || this.#closing)
      return;
    const link = this.#tryOpen(sender.name);
    if (link?.endpoint === undefined) return;
    sender.acknowledged = sender.consumed;
    link.tell(creditMessage(this.nextId(), { link: sender.link, consumed: sender.consumed }));
  }

  /** For what we say of our own accord: a peer that cannot be spoken to is nobody's fault here. */
  #tryOpen(name: string): Link | undefined {
    try {
      return this.#links.get(name) ?? this.host.open(name);
    } catch (error) {
      this.host.log.debug({ err: error, peer: name }, "no link to a peer");
      return undefined;
    }
  }

  /** Makes a ring towards a peer, and tells it. Where none can be had, none is missed. */
  #offerRing(link: Link, number: number): RingRoute | undefined {
    if (this.#closing) return undefined;
    try {
      const ring = new RingRoute(this.#slabs, link.peerProcess);
      link.tell(ringOfferMessage(this.nextId(), number, ring.name));
      return ring;
    } catch (error) {
      this.#lamentOnce(error);
      return undefined;
    }
  }

  #lamentOnce(error: unknown): void {
    if (this.#isWithoutRings) return;
    this.#isWithoutRings = true;
    this.host.log.warn({ err: error }, "no shared memory for messages: they go by sockets, which are slower");
  }

  #pack(message: WireMessage): Uint8Array[] {
    this.#writer.add(message);
    return this.#writer.take() as Uint8Array[];
  }

  /** Most bytes of a message that both ends take: ZeroMQ would drop a larger one at the other end, unseen. */
  #largest(member: Member | undefined): number {
    const { message } = this.host.limits;
    const theirs = member?.meta?.["message"];
    return typeof theirs === "number" ? Math.min(message, theirs) : message;
  }
}
