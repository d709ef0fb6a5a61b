import type { Logger } from "@troupe/core";

import type { Seat } from "../client/backend.js";

/** A seat with the milliseconds until its lease ends. */
export interface LeasedSeat extends Seat {
  readonly remaining: number;
}

/** Milliseconds between two reads of one group, at least: a burst of changes is read together. */
const leastDelay = 50;
/** Milliseconds between two reads, at most, should an announcement of a change have been lost. */
const mostDelay = 5_000;
/** Milliseconds behind the end of a lease for the read that notices it. */
const behind = 5;
/** Milliseconds until a read that failed is tried again, and until it has failed. */
const retryDelay = 250;
const readTimeout = 5_000;
/** Milliseconds given to members to renew what ran out while the server could not be reached. */
const settleDelay = 1_000;
/** A read that is this many milliseconds late means that nobody could renew anything. */
const tolerance = 500;

/**
 * Keeps one group read: when somebody announces a change, when a lease ends, and now and then.
 *
 * Leases run out in Redis also while it is paused or cut off and nobody can renew them. A reader that
 * notices such a gap counts seats as held for as long as the gap was, until their members had the time to
 * renew them.
 */
export class GroupReader {
  #timer: NodeJS.Timeout | undefined;
  #reading = false;
  #changed = false;
  #stopped = false;
  #readAt: number | undefined;
  /** When the next read was to be, at the latest. */
  #due = Infinity;
  #grace = 0;
  #graceUntil = 0;
  #quietUntil = 0;

  /** @param read Reads the group, counting seats for `grace` ms longer than their leases. */
  constructor(
    private readonly read: (grace: number, signal: AbortSignal) => Promise<readonly LeasedSeat[]>,
    private readonly onSeats: (seats: readonly Seat[]) => void,
    private readonly log: Logger,
  ) {
    this.#schedule(0);
  }

  /** Somebody announced a change. */
  changed(): void {
    if (this.#reading) this.#changed = true;
    else this.#schedule(0);
  }

  /** The server was away: what it holds now may be nothing, until all have registered again. */
  settle(): void {
    if (this.#readAt !== undefined) this.#quietUntil = performance.now() + settleDelay;
    this.changed();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Reads after `delay` ms, or as soon after as may be. */
  #schedule(delay: number): void {
    if (this.#stopped) return;
    const now = performance.now();
    const at = Math.max(now + delay, (this.#readAt ?? -Infinity) + leastDelay, this.#quietUntil);
    clearTimeout(this.#timer);
    this.#due = Math.min(this.#due, at);
    this.#timer = setTimeout(() => void this.#look(), at - now).unref();
  }

  async #look(): Promise<void> {
    this.#reading = true;
    this.#changed = false;
    let next = retryDelay;
    try {
      const askedAt = performance.now();
      const grace = this.#graceAt(askedAt, this.#due);
      const seats = await this.read(grace, AbortSignal.timeout(readTimeout));
      if (this.#stopped) return;
      const now = performance.now();
      if (this.#readAt !== undefined && now < this.#quietUntil) {
        // Asked before the server was away, answered by one that may know nothing yet.
        next = 0;
      } else if (this.#readAt !== undefined && now - askedAt > tolerance) {
        // The server stood still, or we did, and nobody could renew anything meanwhile.
        this.#graceAt(now, askedAt);
        next = 0;
      } else {
        this.#readAt = now;
        this.#due = Infinity;
        this.onSeats(seats);
        next = this.#delayAfter(seats, now);
      }
    } catch (error) {
      this.log.debug({ err: error }, "A group could not be read.");
    }
    this.#reading = false;
    this.#schedule(this.#changed ? 0 : next);
  }

  /** Until the first lease ends that is not renewed, or the grace does. */
  #delayAfter(seats: readonly LeasedSeat[], now: number): number {
    const ends = seats.flatMap(({ remaining }) => (remaining > 0 ? remaining + behind : []));
    if (now < this.#graceUntil) ends.push(this.#graceUntil - now);
    return Math.min(mostDelay, ...ends);
  }

  /** The grace for a read that happens at `now` and was to happen at `due`. */
  #graceAt(now: number, due: number): number {
    if (this.#readAt !== undefined && now - due > tolerance) {
      this.#grace = now - this.#readAt + settleDelay;
      this.#graceUntil = now + settleDelay;
    }
    return now < this.#graceUntil ? this.#grace : 0;
  }
}
