import type { Logger } from "@troupe/core";

import type { Backend, JoinOutcome, Seat, StoredValue, Write } from "../client/backend.js";
import { outcomeUnknown } from "../client/outcome-unknown.js";
import type { Member } from "../registry.js";
import { Knowledge } from "./knowledge.js";
import { Link } from "./link.js";
import type { Place } from "./place.js";
import type { GroupNews } from "./protocol.js";

/** Those who watch one group. */
interface GroupWatchers {
  /** Each with the number of views that have to come until one is for it. */
  readonly watchers: Map<(seats: readonly Seat[]) => void, number>;
  /** Views that were asked for and have not come. */
  asked: number;
}

/** The driver for `ipc://` and `tcp://`: a server that one of its clients keeps for all. */
export class EmbeddedBackend implements Backend {
  readonly url: string;
  readonly #knowledge = new Knowledge();
  readonly #watches = new Map<string, GroupWatchers>();
  readonly #link: Link;
  #wasUp = false;

  /**
   * Begins to connect.
   *
   * @param onReconnected Told when the connection was lost and is back.
   */
  constructor(place: Place, log: Logger, onReconnected: () => void) {
    this.url = place.url;
    this.#link = new Link(place, log, {
      announcements: () => this.#knowledge.announcements(),
      watched: () => this.#watchedAnew(),
      up: () => {
        if (this.#wasUp) onReconnected();
        this.#wasUp = true;
      },
      told: (news) => this.#told(news),
    });
  }

  get opened(): Promise<void> {
    return this.#link.opened;
  }

  get connected(): boolean {
    return this.#link.up;
  }

  get trouble(): string | undefined {
    return this.#link.trouble;
  }

  async join(
    group: string,
    member: Member,
    ttl: number,
    evict: string | undefined,
    signal: AbortSignal,
  ): Promise<JoinOutcome> {
    const { value } = await this.#link.request("join", [group, member, ttl, evict], signal);
    if ("seat" in value) this.#knowledge.joined(group, value.seat);
    return value;
  }

  async renew(group: string, member: Member, ttl: number, signal: AbortSignal): Promise<boolean> {
    const { name, incarnation } = member;
    const { value } = await this.#link.request("renew", [group, name, incarnation, ttl], signal);
    if (!value) this.#knowledge.lost(group, name, incarnation);
    return value;
  }

  async leave(group: string, { name, incarnation }: Member, signal: AbortSignal): Promise<void> {
    this.#knowledge.left(group, name, incarnation);
    await this.#link.request("leave", [group, name, incarnation], signal);
  }

  async seats(group: string, signal: AbortSignal): Promise<readonly Seat[]> {
    return (await this.#link.request("seats", [group], signal)).value;
  }

  async get(key: string, signal: AbortSignal): Promise<StoredValue | undefined> {
    const { value } = await this.#link.request("get", [key], signal);
    if (value) this.#knowledge.read(key, value);
    return value;
  }

  async set(key: string, { bytes, id }: Write, signal: AbortSignal): Promise<number> {
    const { value: version } = await this.#link.request("set", [key, bytes, id], signal);
    this.#knowledge.wrote(key, { version, bytes, write: id });
    return version;
  }

  async cas(
    key: string,
    expected: number | undefined,
    { bytes, id }: Write,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const answer = await this.#link.request("cas", [key, expected, bytes, id], signal);
    const { value: version, resent } = answer;
    if (version !== undefined) this.#knowledge.wrote(key, { version, bytes, write: id });
    else if (resent) throw outcomeUnknown(this.url, key);
    return version;
  }

  watch(group: string, onSeats: (seats: readonly Seat[]) => void): () => void {
    let watch = this.#watches.get(group);
    if (!watch) {
      this.#watches.set(group, (watch = { watchers: new Map(), asked: 0 }));
      this.#knowledge.views.set(group, undefined);
    }
    const { watchers } = watch;
    // A view that was asked for earlier may be older than what this watcher knows already.
    watchers.set(onSeats, ++watch.asked);
    this.#link.notify(["watch", group]);
    return () => {
      watchers.delete(onSeats);
      if (watchers.size > 0 || this.#watches.get(group)?.watchers !== watchers) return;
      this.#watches.delete(group);
      this.#knowledge.views.delete(group);
      this.#link.notify(["unwatch", group]);
    };
  }

  retire(): void {
    this.#link.retire();
  }

  async close(): Promise<void> {
    this.#watches.clear();
    await this.#link.close();
  }

  /** Groups to ask a new server for, which will answer each once. */
  *#watchedAnew(): IterableIterator<string> {
    for (const [group, watch] of this.#watches) {
      watch.asked = 1;
      for (const watcher of watch.watchers.keys()) watch.watchers.set(watcher, 1);
      yield group;
    }
  }

  #told(news: GroupNews): void {
    const [kind, group, detail] = news;
    const watch = this.#watches.get(group);
    if (!watch) return;
    let seats = this.#knowledge.views.get(group);
    if (kind === "view") {
      seats = new Map(detail.map((seat) => [seat.member.name, seat]));
      this.#knowledge.views.set(group, seats);
      watch.asked = Math.max(watch.asked - 1, 0);
      for (const [watcher, awaited] of watch.watchers) watch.watchers.set(watcher, Math.max(awaited - 1, 0));
    } else {
      // Changes come only after the view that they change.
      if (!seats) return;
      for (const change of detail) {
        if (change[0] === "joined") seats.set(change[1].member.name, change[1]);
        else if (seats.get(change[1])?.member.incarnation === change[2]) seats.delete(change[1]);
      }
    }
    const inOrder = [...seats.values()].sort((a, b) => a.order - b.order);
    for (const [watcher, awaited] of watch.watchers) if (awaited === 0) watcher(inOrder);
  }
}
