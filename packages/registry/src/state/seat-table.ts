import { TroupeError } from "@troupe/core";

import type { JoinOutcome, Seat } from "../client/backend.js";
import type { Member } from "../registry.js";
import { LeaseClock } from "./lease-clock.js";
import type { Sequence } from "./sequence.js";

/** Most seats of one registry. */
const maxSeats = 20_000;

/** A change of one group. */
export type SeatChange = { readonly joined: Seat } | { readonly left: Member };

/** Whoever renews a seat: a connection, or this process. */
export type Holder = object;

interface HeldSeat {
  readonly group: string;
  seat: Seat;
  /** On the lease clock. */
  expires: number;
  holder: Holder | undefined;
}

/** Seats of all groups, with their leases: the state of a registry that is kept in one process. */
export class SeatTable {
  readonly clock = new LeaseClock(() => this.#expire());
  readonly #groups = new Map<string, Map<string, HeldSeat>>();
  readonly #listeners = new Map<string, Set<(change: SeatChange) => void>>();
  /** Seats that nobody is connected for. */
  readonly #orphans = new Set<HeldSeat>();
  #size = 0;

  constructor(private readonly sequence: Sequence) {}

  get size(): number {
    return this.#size;
  }

  /** @throws ERR_REGISTRY when there is no room for more seats. */
  join(group: string, member: Member, ttl: number, evict: string | undefined, holder: Holder): JoinOutcome {
    const held = this.#groups.get(group)?.get(member.name);
    if (held) {
      const sitting = held.seat.member;
      if (sitting.incarnation === member.incarnation) {
        this.#renew(held, ttl, holder);
        return { seat: held.seat };
      }
      if (sitting.incarnation !== evict) return { holder: sitting };
      this.#remove(held);
    }
    const seat = { member, ttl, order: this.sequence.next() };
    this.#add(group, seat, holder);
    return { seat };
  }

  renew(group: string, name: string, incarnation: string, ttl: number, holder: Holder): boolean {
    const held = this.#find(group, name, incarnation);
    if (held) this.#renew(held, ttl, holder);
    return held !== undefined;
  }

  leave(group: string, name: string, incarnation: string): void {
    const held = this.#find(group, name, incarnation);
    if (held) this.#remove(held);
  }

  /**
   * Takes over a seat that another server gave, unless the name is taken or there is no room. One without
   * a holder gets one ttl to be renewed in.
   */
  adopt(group: string, seat: Seat, holder: Holder | undefined): void {
    const held = this.#groups.get(group)?.get(seat.member.name);
    this.sequence.observe(seat.order);
    if (held?.seat.member.incarnation === seat.member.incarnation) {
      if (holder) this.#renew(held, seat.ttl, holder);
    } else if (!held || (holder && !held.holder && held.seat.order < seat.order)) {
      // Of two that claim a name, what its own process says is newer than what others remember.
      if (held) this.#remove(held);
      if (this.#size < maxSeats) this.#add(group, seat, holder);
    }
  }

  /** Those who are now without a connection keep their seats until their leases end, or they are dropped. */
  disconnect(holder: Holder): void {
    for (const seats of this.#groups.values()) {
      for (const seat of seats.values()) {
        if (seat.holder !== holder) continue;
        seat.holder = undefined;
        this.#orphans.add(seat);
      }
    }
  }

  /** How many seats nobody is connected for. */
  get orphans(): number {
    return this.#orphans.size;
  }

  /** Removes those seats that nobody is connected for and whose member is dead. */
  dropDead(isDead: (member: Member) => boolean): void {
    for (const held of this.#orphans) {
      if (isDead(held.seat.member)) this.#remove(held);
    }
  }

  /** Seats of a group, by order. */
  seats(group: string): Seat[] {
    const held = [...(this.#groups.get(group)?.values() ?? [])];
    return held.map(({ seat }) => seat).sort((a, b) => a.order - b.order);
  }

  /** @returns Ends it. */
  subscribe(group: string, listener: (change: SeatChange) => void): () => void {
    let listeners = this.#listeners.get(group);
    if (!listeners) this.#listeners.set(group, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(group) === listeners) this.#listeners.delete(group);
    };
  }

  stop(): void {
    this.clock.stop();
  }

  #find(group: string, name: string, incarnation: string): HeldSeat | undefined {
    const held = this.#groups.get(group)?.get(name);
    return held?.seat.member.incarnation === incarnation ? held : undefined;
  }

  #renew(held: HeldSeat, ttl: number, holder: Holder): void {
    if (held.seat.ttl !== ttl) held.seat = { ...held.seat, ttl };
    held.expires = this.clock.now() + ttl;
    held.holder = holder;
    this.#orphans.delete(held);
    this.clock.wake(ttl);
  }

  #add(group: string, seat: Seat, holder: Holder | undefined): void {
    if (this.#size >= maxSeats) {
      throw new TroupeError(
        "ERR_REGISTRY",
        `The registry lists ${maxSeats} members already, its limit; use another registry for other clusters.`,
        { details: { limit: maxSeats } },
      );
    }
    const { member, ttl } = seat;
    const held: HeldSeat = { group, seat, expires: this.clock.now() + ttl, holder };
    let seats = this.#groups.get(group);
    if (!seats) this.#groups.set(group, (seats = new Map<string, HeldSeat>()));
    seats.set(member.name, held);
    this.#size++;
    if (!holder) this.#orphans.add(held);
    this.clock.wake(ttl);
    this.#tell(group, { joined: seat });
  }

  #remove(held: HeldSeat): void {
    const { group, seat } = held;
    const { name } = seat.member;
    const seats = this.#groups.get(group);
    if (seats?.get(name) !== held) return;
    seats.delete(name);
    if (seats.size === 0) this.#groups.delete(group);
    this.#size--;
    this.#orphans.delete(held);
    this.#tell(group, { left: seat.member });
  }

  #tell(group: string, change: SeatChange): void {
    for (const listener of this.#listeners.get(group) ?? []) listener(change);
  }

  /** Removes whose lease is over; gives the milliseconds until the next one is. */
  #expire(): number | undefined {
    const now = this.clock.now();
    let next = Infinity;
    for (const seats of this.#groups.values()) {
      for (const seat of seats.values()) {
        if (seat.expires <= now) this.#remove(seat);
        else next = Math.min(next, seat.expires - now);
      }
    }
    return this.#size === 0 ? undefined : next;
  }
}
