import {
  Kind,
  type Message,
  protocolVersion,
  TroupeError,
  type WaitOptions,
  type WireMessage,
  withDeadline,
} from "@troupe/core";
import type { Member } from "@troupe/registry";

import { PendingReplies } from "./exchange/pending.js";
import { absent, departed } from "./group/absence.js";
import { Directory, type DirectoryChange } from "./group/directory.js";
import { Quorum } from "./group/quorum.js";
import { Inbox } from "./inbound/inbox.js";
import type { Parcel } from "./inbound/parcel.js";
import { Introductions } from "./link/introductions.js";
import type { Link } from "./link/link.js";
import { Links } from "./link/links.js";
import { RecentMap } from "./recent-map.js";
import type { Standing } from "./standing.js";

/** Milliseconds that the registry may take to hear that we leave; after that our lease runs out there. */
const leaveTimeout = 1000;
/** Members known by their own word alone, before the watch shows them. */
const maxGuests = 1024;
/** Failures remembered for {@link Mesh.failures}. */
const maxFailures = 1024;

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
  /** What peers could not handle of what may yet be collected, by its number. */
  readonly failures = new RecentMap<number, Error>(maxFailures);
  /** Messages accepted for peers that left before they were sent, and answers that nobody waited for. */
  readonly stats = { lost: 0, late: 0 };
  readonly #links: Links;
  readonly #guests = new RecentMap<string, Member>(maxGuests);
  readonly #introductions: Introductions;
  readonly #stop = new AbortController();
  /** The one look-up of members that is under way for all who ask to be admitted. */
  #refreshing: Promise<readonly Member[]> | undefined;
  /** Makes the error for those who come after the end. */
  #closed: (() => TroupeError) | undefined;

  constructor(
    private readonly standing: Standing,
    private readonly events: MeshEvents,
  ) {
    const { endpoint, membership, settings, identity, log } = standing;
    this.directory = new Directory(membership.member.name);
    this.quorum = new Quorum(this.directory);
    endpoint.owner = membership.member.name;
    this.#links = new Links({
      self: membership.member,
      limits: settings.limits,
      identity,
      log,
      rings: settings.rings,
      open: (name) => this.#open(name),
      onLost: (count) => {
        this.stats.lost += count;
      },
    });
    this.inbox = new Inbox((parcel) => this.#links.onConsumed(parcel));
    this.#introductions = new Introductions((name) => this.#ask(name), settings.limits.message);
  }

  get self(): Member {
    return this.standing.membership.member;
  }

  /** Number for a message whose reply is for the inbox unless somebody collects it. Even. */
  nextId(): number {
    return this.#links.nextId() * 2;
  }

  /** Number for a message whose reply is awaited from the start: one that comes late is for nobody. Odd. */
  nextRequestId(): number {
    return this.#links.nextId() * 2 + 1;
  }

  /** Starts to follow the group and to receive. */
  start(): void {
    const { inbox } = this;
    void this.standing.endpoint.serve({
      links: this.#links,
      get backlog() {
        return inbox.size;
      },
      admit: (publicKey) => this.#admit(publicKey),
      onGroup: (message, parcel) => this.#receive(message, parcel),
      onOther: ([kind, id, error]) => this.#failed(kind, id, error),
      onPeer: (member) => this.#welcome(member),
      onFailure: (error) => this.events.onLost(error as Error),
    });
    void this.#follow();
    void this.standing.membership.ended.then((error) => {
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
    this.assertOpen();
    const link = this.#introductions.has(to) ? undefined : (this.#links.get(to) ?? this.#open(to));
    if (link) return this.#keep(link).offer(wire, options);
    return this.#introductions.post(to, wire, options, (copy) => {
      const found = this.#links.get(to) ?? this.#open(to);
      if (!found) throw this.#absent(to);
      return this.#keep(found).offer(copy, options);
    });
  }

  /** As {@link post}, for replies and failures: they need no credit of the peer. */
  answer(to: string, wire: WireMessage, options: WaitOptions): void | Promise<void> {
    this.assertOpen();
    const link = this.#links.get(to) ?? this.#open(to);
    if (!link) throw this.#absent(to);
    return this.#keep(link).answer(wire, options);
  }

  /** @throws ERR_CLOSED */
  assertOpen(): void {
    if (this.#closed) throw this.#closed();
  }

  /** Whether the name is a living peer's or our own. */
  isPresent(name: string): boolean {
    return this.directory.get(name) !== undefined || name === this.self.name;
  }

  /** Sends what was accepted, for a second at most, and leaves the group. Those who wait are told at once. */
  async close(reason: () => TroupeError): Promise<void> {
    this.#closed = reason;
    this.quorum.close(reason);
    this.pending.close();
    // The last answers go out before peers hear that we left, and give up on them.
    await this.#links.drain(reason, (name) => this.isPresent(name));
    this.#stop.abort();
    await withDeadline("leaving the group", this.standing.membership.leave(), {
      timeout: leaveTimeout,
    }).catch((error: unknown) => {
      this.standing.log.warn(
        { err: error, group: this.standing.settings.group },
        "could not leave the group; the lease will run out",
      );
    });
    this.#links.close(reason);
    this.standing.endpoint.close();
  }

  /** The link, unless its peer is away and no more is kept for it. @throws ERR_PEER_LEFT */
  #keep(link: Link): Link {
    if (link.endpoint !== undefined) return link;
    if (link.count >= this.standing.settings.cache || link.full || link.answersFull)
      throw this.#absent(link.peer);
    return link;
  }

  /** Asks the registry for a peer that the watch has not shown. */
  async #ask(name: string): Promise<void> {
    const members = await this.standing.registry.members(this.standing.settings.group, {
      signal: this.#stop.signal,
    });
    const member = members.find((each) => each.name === name);
    if (member && !this.isPresent(name)) this.#guests.set(name, member);
  }

  /** A link to a peer that is there. With a cache, one to a peer that left is made as well. */
  #open(to: string): Link | undefined {
    const listed = to === this.self.name ? this.self : this.directory.get(to);
    const member = listed ?? this.#guests.get(to);
    if (!member && !(this.standing.settings.cache > 0 && this.directory.hasLeft(to))) return undefined;
    if (member) checkVersions(member);
    const link = this.#links.open(to, member);
    if (member && !listed) this.#expect(member);
    return link;
  }

  /** A peer known by its own word alone counts as gone unless the watch shows it within a lease. */
  #expect(guest: Member): void {
    const { name } = guest;
    setTimeout(() => {
      if (!this.#closed && this.#guests.get(name) === guest) this.#bid(name);
    }, this.standing.settings.lease).unref();
  }

  async #follow(): Promise<void> {
    try {
      for await (const change of this.standing.registry.watch(this.standing.settings.group, {
        signal: this.#stop.signal,
      })) {
        this.#apply(change);
      }
      throw new TroupeError("ERR_CLOSED", "The registry of the group was closed.");
    } catch (error) {
      if (!this.#closed) this.events.onLost(error as Error);
    }
  }

  #apply(view: { readonly members: readonly Member[] }): void {
    const change = this.directory.apply(view);
    for (const member of change.left) {
      this.#bid(member.name);
      this.standing.endpoint.suspect(member);
    }
    // While it closes, all that matters is for whom it need not wait any more.
    if (this.#closed) return;
    for (const member of [...change.joined, ...change.rejoined]) this.#greet(member);
    this.quorum.check();
    this.events.onChange(change);
  }

  /** A peer is there: what was kept for it goes out, and it hears what credit it has. */
  #greet(member: Member): void {
    this.#guests.delete(member.name);
    this.#links.greet(member);
  }

  /** A peer left: those who wait for it are told, and what waits for it is dropped or kept. */
  #bid(name: string): void {
    this.#guests.delete(name);
    this.#disappoint(this.pending.of(name), name);
    const link = this.#links.get(name);
    if (!link) return;
    if (this.standing.settings.cache > 0 && !this.#closed) {
      link.disconnect();
      link.refuse(() => this.#departed(name));
      return;
    }
    this.#links.drop(name, () => this.#absent(name));
  }

  /** Ends the waits for a peer that left: after what it sent before, which may have arrived and not been read. */
  #disappoint(ids: readonly number[], name: string): void {
    if (ids.length === 0) return;
    const fail = () => {
      for (const id of ids) this.pending.fail(id, this.#departed(name));
    };
    setImmediate(() => setImmediate(fail));
  }

  #receive(message: Message, parcel: Parcel | undefined): void {
    const { inReplyTo } = message;
    if (inReplyTo !== undefined) {
      if (this.pending.settle(inReplyTo, message)) return;
      if (inReplyTo % 2 !== 0) {
        this.stats.late++;
        return;
      }
    }
    if (!this.inbox.add(message, parcel)) this.stats.lost++;
  }

  /** A peer could not handle a message of ours. Says whether that is what the message says. */
  #failed(kind: number, id: unknown, error: unknown): boolean {
    if (kind !== Kind.error || typeof id !== "number" || !(error instanceof Error)) return false;
    if (this.pending.fail(id, error)) return true;
    this.stats.late++;
    if (id % 2 === 0) this.failures.set(id, error);
    return true;
  }

  #welcome(member: Member): void {
    if (this.directory.get(member.name)?.incarnation === member.incarnation) return;
    if (member.name === this.self.name) return;
    this.#guests.set(member.name, member);
  }

  /** Whether a member has this CURVE key. Whoever asks has joined before; the watch may not have told of it yet. */
  async #admit(publicKey: string): Promise<boolean> {
    const isTheirs = (member: Member) => this.standing.identity?.keyOf(member) === publicKey;
    if (this.directory.some(isTheirs)) return true;
    const options = { timeout: this.standing.settings.lease, signal: this.#stop.signal };
    this.#refreshing ??= this.standing.registry.members(this.standing.settings.group, options).finally(() => {
      this.#refreshing = undefined;
    });
    return (await this.#refreshing).some(isTheirs);
  }

  #departed(name: string): TroupeError {
    return departed(name, this.standing.settings.group);
  }

  #absent(name: string): TroupeError {
    return absent(name, this.standing.settings, this.directory);
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
