import { actorOf, type Remote } from "@troupe/actors";
import { cancelledError, TroupeError, WaitLine, type WaitOptions } from "@troupe/core";

/** Items that may wait for an actor. */
const maxWaiting = 100_000;

/** An actor of a pool. */
export interface Member<T extends object> {
  readonly ref: Remote<T>;
  /** Items that it has now. */
  load: number;
}

/** The living actors of a pool, what each of them has to do, and those who wait for one. */
export class Roster<T extends object> {
  /** The one that was given back longest ago comes first. */
  readonly #members: Set<Member<T>>;
  /** Each brings how many items an actor may have, its own included. */
  readonly #line = new WaitLine<Member<T>, number>();
  /** Why there is no actor to be had any more. */
  #end: (() => TroupeError) | undefined;

  /** @throws ERR_CONFIG for what is no reference, and for none. */
  constructor(refs: Iterable<Remote<T>>) {
    this.#members = new Set([...new Set(refs)].map((ref) => ({ ref, load: 0 })));
    for (const { ref } of this.#members) actorOf(ref);
    if (this.size === 0) throw new TroupeError("ERR_CONFIG", "A pool needs at least one actor.");
  }

  get size(): number {
    return this.#members.size;
  }

  get busy(): number {
    return [...this.#members].filter(({ load }) => load > 0).length;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /**
   * Gives the actor that has least to do, once there is one with fewer items than `width`. Served in order.
   *
   * @throws ERR_CLOSED, ERR_ACTOR_DIED when none is left, ERR_CANCELLED, ERR_MAILBOX_FULL.
   */
  async take(width: number, options: WaitOptions): Promise<Member<T>> {
    const what = "an item of a pool";
    if (this.#end) throw this.#end();
    if (options.signal?.aborted) throw cancelledError(what, options.signal);
    const free = this.#line.size === 0 ? this.#free(width) : undefined;
    if (free) return (free.load++, free);
    if (this.#line.size >= maxWaiting) throw crowdedError();
    try {
      return await this.#line.wait(what, width, options);
    } catch (error) {
      // Those behind it may be content with one that is busier.
      this.#serve();
      throw error;
    }
  }

  /** Waits, in turn, until {@link take} would give an actor. @throws As that. */
  async untilFree(width: number, options: WaitOptions): Promise<void> {
    const member = await this.take(width, options);
    member.load--;
    this.#serve();
  }

  /** The actor is done with an item. */
  giveBack(member: Member<T>): void {
    member.load--;
    if (!this.#members.delete(member)) return;
    this.#members.add(member);
    this.#serve();
  }

  /** The actor is not there any more. */
  lose(member: Member<T>, cause: unknown): void {
    if (this.#members.delete(member) && this.size === 0) this.close(() => allDiedError(cause));
  }

  /** Fails all that waits and comes. */
  close(end: () => TroupeError): void {
    this.#end ??= end;
    for (let waiter = this.#line.next(); waiter; waiter = this.#line.next()) waiter.done.reject(end());
  }

  #serve(): void {
    for (let width = this.#line.peek(); width !== undefined; width = this.#line.peek()) {
      const free = this.#free(width);
      if (!free) return;
      free.load++;
      this.#line.next()!.done.resolve(free);
    }
  }

  #free(width: number): Member<T> | undefined {
    let free: Member<T> | undefined;
    for (const member of this.#members) {
      if (member.load < (free?.load ?? width)) free = member;
      if (free?.load === 0) return free;
    }
    return free;
  }
}

function allDiedError(cause: unknown): TroupeError {
  return new TroupeError("ERR_ACTOR_DIED", "None of the actors of the pool lives any more.", { cause });
}

function crowdedError(): TroupeError {
  return new TroupeError(
    "ERR_MAILBOX_FULL",
    `${maxWaiting} items wait for an actor of the pool already; map() takes items only as actors are free.`,
  );
}
