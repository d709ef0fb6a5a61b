import { armDeadline, type Deferred, deferred, TroupeError, type WaitOptions } from "@troupe/core";

import type { Holding } from "../ledger/held.js";
import type { Holders } from "../ledger/holders.js";
import type { Claim } from "./claim.js";
import { cycleOf, ownersAhead, stuck, type Wait } from "./wait-for.js";

/** A claim that waits, as `ResourceManager.waiting` shows it. */
export interface WaitingRequest<R = unknown> {
  /** What was asked for, as it was given. */
  readonly request: R;
  /** The same for people: `cpu 2, gpu 1`. */
  readonly what: string;
  readonly owner: string | undefined;
  readonly by: string | undefined;
  /** Since when, as by `Date.now()`. */
  readonly since: number;
}

interface Waiter extends Deferred<unknown> {
  readonly claim: Claim<unknown>;
  readonly since: number;
  disarm(): void;
}

/**
 * Claims that wait, first come, first served: while one waits, none behind it is granted, those on the bundles of a
 * placement group apart, which wait for each other only. Order gives way in one case,
 * where keeping it would be a deadlock: to who holds what those ahead of him wait for, for until he has
 * got on they cannot either.
 */
export class WaitingLine {
  readonly #waiters = new Set<Waiter>();
  /** How many there are for each group, and for none. */
  readonly #counts = new Map<string | undefined, number>();

  constructor(
    private readonly limit: number,
    private readonly holders: Holders,
    private readonly holdings: () => Iterable<Holding>,
  ) {}

  get size(): number {
    return this.#waiters.size;
  }

  /** Whether a claim on a group, or on none, would be the first. */
  isClear(group: string | undefined): boolean {
    return !this.#counts.has(group);
  }

  list(): WaitingRequest[] {
    return [...this.#waiters].map(({ claim, since }) => {
      const { asked, what, owner, by } = claim;
      return { request: asked, what, owner, by, since };
    });
  }

  /**
   * Waits behind the others.
   *
   * @throws ERR_NO_RESOURCES when too many wait, ERR_DEADLOCK, ERR_TIMEOUT, ERR_CANCELLED
   */
  enter<T>(claim: Claim<T>, options: WaitOptions): Promise<T> {
    if (this.#waiters.size >= this.limit) return Promise.reject(fullError(this.limit, claim));
    const waiter: Waiter = { ...deferred<unknown>(), claim, since: Date.now(), disarm: () => {} };
    this.#waiters.add(waiter);
    this.#counts.set(claim.group, (this.#counts.get(claim.group) ?? 0) + 1);
    this.holders.wait(claim.by);
    waiter.disarm = armDeadline(`waiting for ${claim.what}`, options, (error) => {
      this.#leave(waiter);
      waiter.reject(error);
      this.serve();
    });
    this.#untangle();
    return waiter.promise as Promise<T>;
  }

  /** Grants what can be granted now that more is free. */
  serve(): void {
    this.#grantAll();
    this.#untangle();
  }

  /** Refuses those that can never be granted any more, now that there is less. */
  refuse(): void {
    for (const waiter of this.#waiters) {
      const refusal = waiter.claim.refusal();
      if (refusal) this.#reject(waiter, refusal);
    }
  }

  close(): void {
    for (const waiter of this.#waiters) {
      this.#reject(
        waiter,
        new TroupeError(
          "ERR_CLOSED",
          `The resource manager was closed while ${waiter.claim.what} was waited for.`,
        ),
      );
    }
  }

  #grantAll(): void {
    const blocked = new Set<string | undefined>();
    for (const waiter of this.#waiters) {
      const { group } = waiter.claim;
      if (blocked.has(group) || this.#grant(waiter)) continue;
      blocked.add(group);
      if (blocked.size === this.#counts.size) break;
    }
  }

  /** Whether it was granted, or has failed, and so waits no more. */
  #grant(waiter: Waiter): boolean {
    try {
      const granted = waiter.claim.take();
      if (granted === undefined) return false;
      this.#leave(waiter);
      waiter.resolve(granted);
    } catch (error) {
      // A policy of somebody's own.
      this.#reject(waiter, error);
    }
    return true;
  }

  #reject(waiter: Waiter, error: unknown): void {
    this.#leave(waiter);
    waiter.reject(error);
  }

  #leave(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return;
    const { group, by } = waiter.claim;
    const others = this.#counts.get(group)! - 1;
    if (others === 0) this.#counts.delete(group);
    else this.#counts.set(group, others);
    waiter.disarm();
    this.holders.leave(by);
  }

  /** Sees to it that those who wait do not wait for each other. */
  #untangle(): void {
    while (this.#waiters.size > 0 && this.holders.areEntangled) {
      const holdings = [...this.holdings()];
      if (!this.#letPass(holdings) && !this.#breakCycle(holdings)) return;
      this.#grantAll();
    }
  }

  /** Grants the first claim that can be granted of those behind the head without which the head is stuck. */
  #letPass(holdings: readonly Holding[]): boolean {
    const behind = stuck(this.#waiters, holdings, true);
    const head = behind[0];
    if (behind.length < 2 || head === undefined) return false;
    const ahead = ownersAhead(head.claim, behind, holdings);
    return behind.some(
      (waiter) =>
        waiter !== head && waiter.claim.by !== undefined && ahead.has(waiter.claim.by) && this.#grant(waiter),
    );
  }

  /** Refuses the last claim that closed a cycle. */
  #breakCycle(holdings: readonly Holding[]): boolean {
    const knot = stuck(this.#waiters, holdings, false);
    for (const waiter of [...knot].reverse()) {
      const cycle = cycleOf(waiter.claim, knot, holdings);
      if (!cycle) continue;
      this.#reject(waiter, deadlockError(waiter.claim, cycle));
      return true;
    }
    return false;
  }
}

function fullError(limit: number, { what }: Claim<unknown>): TroupeError {
  return new TroupeError(
    "ERR_NO_RESOURCES",
    `${what} cannot be waited for: ${limit} requests wait already. ` +
      "Await allocations before more are asked for, add hosts, or raise the limit (waiting).",
    { details: { limit } },
  );
}

function deadlockError({ what }: Claim<unknown>, cycle: readonly Wait[]): TroupeError {
  const waits = cycle.map(
    ({ owner, waitsFor, heldBy }) => `${owner} waits for ${waitsFor} held by ${heldBy}`,
  );
  return new TroupeError(
    "ERR_DEADLOCK",
    `${what} would be waited for without end: ${waits.join(", ")}. ` +
      "Release what is held before more is asked for, or ask for all of it at once.",
    { details: { cycle } },
  );
}
