import { deferred, type Deferred } from "@troupe/core";

import type { Member, MembershipChange } from "../registry.js";
import type { Backend, Seat } from "./backend.js";

/** The watches of one registry. */
export class GroupWatches {
  readonly #open = new Set<GroupWatch>();
  #closed = false;

  constructor(private readonly backend: Backend) {}

  /** A watch that begins when its first change is asked for. */
  watch(group: string, signal: AbortSignal | undefined): AsyncIterableIterator<MembershipChange> {
    const watch = new GroupWatch((onSeats) => {
      this.#open.add(watch);
      const stop = this.backend.watch(group, onSeats);
      return () => {
        this.#open.delete(watch);
        stop();
      };
    }, signal);
    if (this.#closed) watch.end();
    return watch;
  }

  /** Ends all watches, quietly. */
  close(): void {
    this.#closed = true;
    for (const watch of this.#open) watch.end();
  }
}

/** One watch: what its reader has seen, and what the driver told since, as one change. */
class GroupWatch implements AsyncIterableIterator<MembershipChange> {
  #stop: (() => void) | undefined;
  #seen: readonly Member[] | undefined;
  /** The group as it was told last. */
  #members: readonly Member[] | undefined;
  #over = false;
  #waiting: Deferred<void> | undefined;
  /** Calls of next() that overlap are served one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @param begin Begins to watch; gives what ends it. */
  constructor(
    private readonly begin: (onSeats: (seats: readonly Seat[]) => void) => () => void,
    private readonly signal: AbortSignal | undefined,
  ) {
    if (signal?.aborted) this.#over = true;
    else signal?.addEventListener("abort", this.end);
  }

  next(): Promise<IteratorResult<MembershipChange>> {
    const result = this.#turn.then(() => this.#next());
    this.#turn = result;
    return result;
  }

  async return(): Promise<IteratorResult<MembershipChange>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly end = (): void => {
    this.#over = true;
    this.signal?.removeEventListener("abort", this.end);
    this.#stop?.();
    this.#stop = undefined;
    this.#waiting?.resolve();
  };

  async #next(): Promise<IteratorResult<MembershipChange>> {
    if (!this.#over) this.#stop ??= this.begin((seats) => this.#told(seats));
    while (!this.#over) {
      const change = this.#take();
      if (change) return { done: false, value: change };
      this.#waiting = deferred();
      await this.#waiting.promise;
    }
    return { done: true, value: undefined };
  }

  #told(seats: readonly Seat[]): void {
    this.#members = seats.map(({ member }) => member);
    this.#waiting?.resolve();
  }

  #take(): MembershipChange | undefined {
    const change = this.#members && changeBetween(this.#seen, this.#members);
    this.#seen = this.#members;
    return change;
  }
}

/** What is new; `undefined` when nothing is. Before the first change everything is. */
function changeBetween(
  before: readonly Member[] | undefined,
  now: readonly Member[],
): MembershipChange | undefined {
  if (before === now) return undefined;
  const then = new Set(before?.map(({ incarnation, name }) => `${incarnation} ${name}`));
  const present = new Set(now.map(({ incarnation, name }) => `${incarnation} ${name}`));
  const joined = now.filter(({ incarnation, name }) => !then.has(`${incarnation} ${name}`));
  const left = (before ?? []).filter(({ incarnation, name }) => !present.has(`${incarnation} ${name}`));
  if (before && joined.length === 0 && left.length === 0) return undefined;
  return { members: now, joined, left };
}
