import { isMainThread } from "node:worker_threads";

import {
  type ClusterKey,
  defaultLogger,
  isProcessAlive,
  isSameHost,
  type Logger,
  type ProcessIdentity,
  processIdentity,
  protocolVersion,
  TroupeError,
  uniqueId,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";
import type { Member } from "@troupe/registry";

import { Endpoint } from "./inbound/endpoint.js";
import type { Parcel } from "./inbound/parcel.js";
import { Introductions } from "./link/introductions.js";
import { untilLetGo } from "./link/let-go.js";
import type { Link } from "./link/link.js";
import { Links } from "./link/links.js";
import { defaultLimits, type Limits } from "./options.js";
import { badgeOf } from "./security/badge.js";
import { CurveIdentity } from "./security/curve.js";

/** Options of {@link Transport.open}. */
export interface TransportOptions {
  /** Name of this process, unique among its peers. */
  readonly name: string;
  /** What it is: `driver`, `pool`. */
  readonly component: string;
  readonly limits?: Partial<Limits> | undefined;
  /**
   * Asked for a peer that was not introduced, once for all messages that wait for it. What it rejects with,
   * they reject with.
   */
  readonly find?: ((name: string) => Promise<Member | undefined>) | undefined;
  /** Whether to go by shared memory where that is to be had. Default `true`. */
  readonly rings?: boolean | undefined;
  /** Where it is reached by peers on other machines. Default: it is not. */
  readonly remote?: RemoteAccess | undefined;
  /** Where warnings go. Default: pino on standard error. */
  readonly log?: Logger | undefined;
}

/** How processes on other machines get to one, and it to them. */
export interface RemoteAccess {
  /** What to listen at: `tcp://10.0.0.5:*`. */
  readonly listen: string;
  /** Who has it as well may speak to this process, and nobody else. */
  readonly key: ClusterKey;
}

/** What is done with what arrives at a {@link Transport}. None of these may throw. */
export interface TransportHandler {
  /**
   * A message of a peer. Those that {@link Transport.send} sent arrive in its order, and so do those of
   * {@link Transport.answer}.
   *
   * @param parcel With what takes credit: to be given to {@link Transport.consumed} once it was handled.
   */
  onMessage(message: WireMessage, from: string, parcel: Parcel | undefined): void;
  /** A peer's name has passed to another incarnation, of which nothing was read yet: this one has ended. */
  onReplaced?(peer: Member): void;
  /** Nothing more will arrive. */
  onFailure(error: unknown): void;
}

/**
 * The sockets of one process: an endpoint where packets of its peers arrive, and a link to each peer that is
 * spoken to, with credit, back-pressure and the cheapest route. It knows its peers by what it is told
 * ({@link introduce}, {@link dismiss}), and messages by their kind alone.
 */
export class Transport {
  readonly self: Member;
  readonly #endpoint: Endpoint;
  readonly #links: Links;
  readonly #peers = new Map<string, Member>();
  readonly #introductions: Introductions;
  /** Messages that were accepted and could not be sent. */
  readonly stats = { lost: 0 };
  #closed: (() => Error) | undefined;

  private constructor(
    endpoint: Endpoint,
    self: Member,
    limits: Limits,
    log: Logger,
    options: TransportOptions,
    private readonly identity: CurveIdentity | undefined,
    private readonly handler: TransportHandler,
  ) {
    const { find, rings = true } = options;
    this.#endpoint = endpoint;
    this.self = self;
    this.#introductions = new Introductions(async (name) => {
      const peer = await find?.(name);
      if (peer && !this.#closed) this.introduce(peer);
    }, limits.message);
    this.#links = new Links({
      self,
      transport: this,
      limits,
      identity,
      log,
      rings,
      open: (name) => this.#open(name),
      onLost: (count) => {
        this.stats.lost += count;
      },
    });
  }

  /** Binds an endpoint of this process and begins to receive. @throws ERR_CONFIG when it cannot be had. */
  static async open(options: TransportOptions, handler: TransportHandler): Promise<Transport> {
    const { name, component, remote, log = defaultLogger() } = options;
    const limits = { ...defaultLimits, ...options.limits };
    const identity = remote && new CurveIdentity(remote.key, badgeOf(remote.key));
    const endpoint = await Endpoint.open({
      limits,
      log,
      remote: identity && { address: remote.listen, identity },
    });
    endpoint.owner = name;
    const self: Member = {
      name,
      component,
      endpoint: endpoint.url,
      incarnation: uniqueId(),
      process: processIdentity(),
      meta: {
        protocol: [protocolVersion],
        window: limits.inbound,
        message: limits.message,
        ring: 1,
        ...(identity && { tcp: endpoint.remoteUrl, curve: identity.published }),
      },
    };
    const transport = new Transport(endpoint, self, limits, log, options, identity, handler);
    transport.#serve();
    return transport;
  }

  /** A peer as it was introduced or introduced itself. */
  peer(name: string): Member | undefined {
    return this.#peers.get(name);
  }

  /** Makes a peer known, or its new incarnation: what was on its way to the old one is dropped. */
  introduce(peer: Member): void {
    const known = this.#peers.get(peer.name);
    if (known?.incarnation === peer.incarnation) return;
    if (known) {
      this.dismiss(peer.name, () => this.#absent(peer.name));
      this.handler.onReplaced?.(known);
    }
    this.#peers.set(peer.name, peer);
    this.#links.greet(peer);
  }

  /** What carries messages to a peer now; `undefined` while nothing was sent to it. */
  route(name: string): "ring" | "ipc" | "tcp" | undefined {
    return this.#links.get(name)?.carrier;
  }

  /** The peer is gone: its link closes, and what waits for room there fails with `reason`. */
  dismiss(name: string, reason: () => Error): void {
    const peer = this.#peers.get(name);
    if (peer) this.#endpoint.forget(peer.incarnation);
    this.#peers.delete(name);
    this.#links.drop(name, reason);
  }

  /**
   * Accepts a message that takes credit of its receiver: a call, a tell, a batch, a property read. Gives a
   * promise only when it has to wait for room.
   *
   * @throws ERR_PEER_LEFT for a peer that is not known, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE,
   *   ERR_CLOSED; at once or by the promise. In each case nothing was sent.
   */
  send(to: string, message: WireMessage, options: WaitOptions = noOptions): void | Promise<void> {
    const link = this.#link(to);
    if (link) return link.offer(message, options);
    return this.#introductions.post(to, message, options, (copy) => this.#known(to).offer(copy, options));
  }

  /** As {@link send}, for messages of all other kinds: they need no credit, and pass those that wait for it. */
  answer(to: string, message: WireMessage, options: WaitOptions = noOptions): void | Promise<void> {
    const link = this.#link(to);
    if (link) return link.answer(message, options);
    return this.#introductions.post(to, message, options, (copy) => this.#known(to).answer(copy, options));
  }

  /**
   * Settles when what was accepted for the peer has left this process; `undefined` when it has, or the peer has to make
   * room first. For what keeps the event loop from turning, after which nothing leaves.
   */
  whenSent(to: string): Promise<void> | undefined {
    const introduced = this.#introductions.whenOver(to);
    if (introduced) return introduced.then(() => this.#links.get(to)?.whenSent());
    return this.#links.get(to)?.whenSent();
  }

  /** A message that came with this parcel was handled. */
  consumed(parcel: Parcel): void {
    if (--parcel.left === 0) this.#links.onConsumed(parcel);
  }

  /**
   * Does not wait for messages until the given function is called, and so does not keep the process alive meanwhile:
   * what comes then is there afterwards. So a process can see whether anything else keeps it.
   */
  pause(): Promise<() => void> {
    return this.#endpoint.pause();
  }

  /** Sends what was accepted, for a second at most, and closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    const reason = () => new TroupeError("ERR_CLOSED", `"${this.self.name}" was closed.`);
    this.#closed = reason;
    await this.#links.drain(reason, (name) => this.#peers.has(name));
    this.#links.close(reason);
    this.#endpoint.close();
  }

  /**
   * Closes within the call, and sends nothing more: for a process that exits, or a thread. ZeroMQ's binding ends
   * the whole process when a thread is torn down in which a socket still waits for a message, or of which it still has
   * something to send.
   */
  destroy(): void {
    const reason = (this.#closed ??= () => new TroupeError("ERR_CLOSED", `"${this.self.name}" was closed.`));
    this.#links.close(reason, isMainThread ? undefined : 0);
    this.#endpoint.close();
    if (!isMainThread) untilLetGo();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(): void {
    const { handler } = this;
    void this.#endpoint.serve({
      links: this.#links,
      context: this,
      // Whoever takes the messages keeps them in bounds by its credit.
      backlog: 0,
      admit: (publicKey) => Promise.resolve(this.identity?.shows(publicKey) ?? false),
      onOther: (message, sender, parcel) => {
        handler.onMessage(message, sender.name, parcel);
        return true;
      },
      onPeer: (peer) => this.#meet(peer),
      onFailure: (error) => handler.onFailure(error),
    });
  }

  /** A peer introduced itself. One that we know by another incarnation may be late with it, and gone. */
  #meet(peer: Member): void {
    const known = this.#peers.get(peer.name);
    if (!known || isOver(known.process, peer.process)) this.introduce(peer);
  }

  /** The link to a peer; `undefined` when it is not known, or others wait for news of it. */
  #link(to: string): Link | undefined {
    if (this.#closed) throw this.#closed();
    if (this.#introductions.has(to)) return undefined;
    return this.#links.get(to) ?? this.#open(to);
  }

  #known(to: string): Link {
    if (this.#closed) throw this.#closed();
    const link = this.#links.get(to) ?? this.#open(to);
    if (!link) throw this.#absent(to);
    return link;
  }

  #open(name: string): Link | undefined {
    const peer = this.#peers.get(name);
    return peer && this.#links.open(name, peer);
  }

  #absent(name: string): TroupeError {
    return new TroupeError(
      "ERR_PEER_LEFT",
      `"${this.self.name}" knows no process "${name}", or it has ended.`,
      {
        details: { peer: name },
      },
    );
  }
}

/** Whether a process has ended, now that another has its name. */
function isOver(known: ProcessIdentity, other: ProcessIdentity): boolean {
  if (isSameHost(known)) return !isProcessAlive(known);
  // A pid of another machine tells nothing here. Who has the name next on the same machine started later.
  return known.host !== other.host || other.startTime >= known.startTime;
}

const noOptions: WaitOptions = {};
