import {
  type Logger,
  type Message,
  numberSequence,
  protocolVersion,
  TroupeError,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";
import type { Member, Membership, Registry } from "@troupe/registry";

import { PendingReplies } from "./exchange/pending.js";
import { Directory, type DirectoryChange } from "./group/directory.js";
import { Quorum } from "./group/quorum.js";
import type { Endpoint } from "./inbound/endpoint.js";
import { Inbox, type Parcel, type Sender } from "./inbound/inbox.js";
import { Link } from "./link/link.js";
import type { Settings } from "./options.js";
import { type Credit, creditMessage, type Hello, helloMessage } from "./wire-forms.js";

/** Part of a sender's credit after whose consumption it is told: often enough not to stop it. */
const creditShare = 0.25;
/** Members known by their hello alone, before the registry shows them. */
const maxGuests = 1024;

/** Told of peers that come and go. */
export interface MeshEvents {
  onChange(change: DirectoryChange): void;
  /** The mesh cannot go on: another has our name, or nothing can be received any more. */
  onLost(error: Error): void;
}

/**
 * A member's place in its group: who else is there, a link to each peer that is spoken to, and the
 * endpoint where their messages arrive.
 *
 * It knows nothing of requests or handlers beyond handing replies to those who wait for them.
 */
export class Mesh {
  readonly directory: Directory;
  readonly quorum: Quorum;
  readonly inbox: Inbox;
  readonly pending = new PendingReplies();
  /** Messages accepted for peers that left before they were sent, and answers that nobody waited for. */
  readonly stats = { lost: 0, late: 0 };
  readonly nextId = numberSequence();
  readonly #links = new Map<string, Link>();
  readonly #guests = new Map<string, Member>();
  readonly #senders = new Map<string, Sender>();
  readonly #stop = new AbortController();
  #closed: TroupeError | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly registry: Registry,
    private readonly membership: Membership,
    private readonly endpoint: Endpoint,
    private readonly events: MeshEvents,
    private readonly log: Logger,
  ) {
    this.directory = new Directory(membership.member.name);
    this.quorum = new Quorum(this.directory);
    endpoint.owner = membership.member.name;
    this.inbox = new Inbox((parcel) => this.#consumed(parcel));
  }

  get self(): Member {
    return this.membership.member;
  }

  /** Starts to follow the group and to receive. */
  start(): void {
    void this.endpoint.serve({
      onMessage: (message, parcel) => this.receive(message, parcel),
      onError: (id, error) => {
        if (!this.pending.fail(id, error)) this.stats.late++;
      },
      onConsumed: (parcel) => this.#consumed(parcel),
      onHello: (hello, sender) => this.#welcome(hello, sender),
      onCredit: (sender, credit) => this.#links.get(sender.name)?.credit(credit),
      onFailure: (error) => this.events.onLost(error as Error),
    });
    void this.#follow();
    void this.membership.ended.then((error) => {
      if (error && !this.#closed) this.events.onLost(error);
    });
  }

  /**
   * Accepts a message for a peer. Gives a promise only when it has to wait: for room, or for news of an
   * unknown name.
   *
   * @throws ERR_PEER_LEFT, ERR_PEERS_MISSING, ERR_PROTOCOL, ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE,
   *   ERR_CLOSED; at once or by the promise. In each case nothing was sent.
   */
  post(to: string, wire: WireMessage, options: WaitOptions): void | Promise<void> {
    const link = this.#links.get(to) ?? this.#open(to);
    if (!link) return this.#postToUnknown(to, wire, options);
    if (link.full) return link.room(options).then(() => this.#offer(link, wire));
    this.#offer(link, wire);
  }

  /** As {@link post}, for replies and failures: they need no credit of the peer. */
  answer(to: string, wire: WireMessage, options: WaitOptions): void | Promise<void> {
    const link = this.#links.get(to) ?? this.#open(to);
    if (!link) throw this.#absent(to);
    if (link.full) return link.room(options).then(() => link.answer(wire));
    link.answer(wire);
  }

  /** Hands a message to whoever waits for it, else to the inbox. */
  receive(message: Message, parcel: Parcel | undefined): void {
    if (message.inReplyTo !== undefined && this.pending.settle(message.inReplyTo, message)) return;
    if (!this.inbox.add(message, parcel)) this.stats.lost++;
  }

  async close(reason: TroupeError): Promise<void> {
    this.#closed = reason;
    this.#stop.abort();
    await this.membership.leave().catch((error: unknown) => {
      this.log.warn(
        { err: error, group: this.settings.group },
        "could not leave the group; the lease will run out",
      );
    });
    await Promise.all([...this.#links.values()].map((link) => link.drain()));
    this.#links.clear();
    this.quorum.close(reason);
    this.pending.close();
    await this.endpoint.close();
  }

  #offer(link: Link, wire: WireMessage): void {
    if (!link.connected && link.count >= this.settings.cache) throw this.#absent(link.peer);
    link.offer(wire);
  }

  async #postToUnknown(to: string, wire: WireMessage, options: WaitOptions): Promise<void> {
    // The peer may have joined a moment ago, before the watch has told of it.
    this.#apply({ members: await this.registry.members(this.settings.group, options) });
    const link = this.#open(to);
    if (!link) throw this.#absent(to);
    this.#offer(link, wire);
  }

  /** A link to a peer that is there. With a cache, one to a peer that left is made as well. */
  #open(to: string): Link | undefined {
    if (this.#closed) throw this.#closed;
    const member = this.directory.get(to) ?? this.#guests.get(to);
    if (!member && !(this.settings.cache > 0 && this.directory.hasLeft(to))) return undefined;
    if (member) checkVersions(member);
    const link = new Link(to, {
      sender: this.self.incarnation,
      limits: this.settings.limits,
      hello: (number) =>
        helloMessage(this.nextId(), { versions: [protocolVersion], member: this.self, link: number }),
    });
    this.#links.set(to, link);
    if (member) this.#connect(link, member);
    return link;
  }

  #connect(link: Link, member: Member): void {
    const { window } = member.meta ?? {};
    link.connect(member.endpoint, typeof window === "number" ? window : Infinity);
    // Credit that was on its way when the last connection went is told again.
    const sender = this.#senders.get(member.name);
    if (sender) link.answer(creditMessage(this.nextId(), { link: sender.link, consumed: sender.consumed }));
  }

  async #follow(): Promise<void> {
    try {
      for await (const change of this.registry.watch(this.settings.group, { signal: this.#stop.signal })) {
        this.#apply(change);
      }
    } catch (error) {
      if (!this.#closed) this.events.onLost(error as Error);
    }
  }

  #apply(view: { readonly members: readonly Member[] }): void {
    if (this.#closed) return;
    const change = this.directory.apply(view);
    for (const { name } of change.left) this.#bid(name);
    for (const member of [...change.joined, ...change.rejoined]) {
      this.#guests.delete(member.name);
      const link = this.#links.get(member.name);
      if (link && !link.connected) this.#connect(link, member);
    }
    this.quorum.check();
    this.events.onChange(change);
  }

  /** A peer left: those who wait for it are told, and what waits for it is dropped or kept. */
  #bid(name: string): void {
    this.#guests.delete(name);
    this.pending.failAll(name, () => this.#absent(name));
    const link = this.#links.get(name);
    if (!link) return;
    if (this.settings.cache > 0) return link.disconnect();
    this.#links.delete(name);
    this.stats.lost += link.close(this.#absent(name));
  }

  #welcome({ member }: Hello, sender: Sender): void {
    this.#senders.set(member.name, sender);
    if (this.directory.get(member.name)?.incarnation === member.incarnation) return;
    if (this.#guests.size >= maxGuests) this.#guests.clear();
    this.#guests.set(member.name, member);
  }

  #consumed({ sender, bytes }: Parcel): void {
    sender.consumed += bytes;
    if (sender.consumed - sender.acknowledged < this.settings.limits.inbound * creditShare || this.#closed)
      return;
    const link = this.#links.get(sender.name) ?? this.#open(sender.name);
    if (!link?.connected) return;
    sender.acknowledged = sender.consumed;
    const credit: Credit = { link: sender.link, consumed: sender.consumed };
    link.answer(creditMessage(this.nextId(), credit));
  }

  #absent(name: string): TroupeError {
    const { group, cache } = this.settings;
    if (!this.directory.hasLeft(name) && !this.directory.get(name)) {
      return new TroupeError(
        "ERR_PEERS_MISSING",
        `There is no "${name}" in the group "${group}"; the peers are ${this.#listPeers()}.`,
        { details: { peer: name, group } },
      );
    }
    const hint =
      cache > 0 ? ` and its cache of ${cache} messages is full` : "; set `cache` to keep messages for it";
    return new TroupeError("ERR_PEER_LEFT", `"${name}" has left the group "${group}"${hint}.`, {
      details: { peer: name, group },
    });
  }

  #listPeers(): string {
    const names = this.directory.names("*");
    if (names.length === 0) return "none";
    const shown = names
      .slice(0, 10)
      .map((name) => `"${name}"`)
      .join(", ");
    return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
  }
}

function checkVersions({ name, meta }: Member): void {
  const versions = meta?.["protocol"];
  if (!Array.isArray(versions) || versions.includes(protocolVersion)) return;
  throw new TroupeError(
    "ERR_PROTOCOL",
    `"${name}" speaks protocol ${versions.join(", ")}, and this process speaks ${protocolVersion}. Run the same release on both.`,
    { details: { peer: name, theirs: versions as number[], ours: [protocolVersion] } },
  );
}
