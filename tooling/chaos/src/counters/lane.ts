import type { ErrorCode } from "@troupe/dist";

import type { Book } from "./book.js";
import type { CounterRef, Method, RelayRef } from "../programs/counters.mjs";
import type { Tally } from "../tally.js";
import type { Victims } from "../victims.js";

/** A counter with what was asked of it. */
export interface Counted {
  readonly name: string;
  /** Where it lives. */
  readonly pool: string;
  readonly ref: CounterRef;
  readonly book: Book;
}

/** How a call may fail that is made once: its pool was killed while it was under way. */
const onceMayFailWith: readonly ErrorCode[] = ["ERR_ACTOR_DIED"];

/** Makes one call after the other, to one counter after the other, until it is told to stop. */
export class Lane {
  #next: number;

  /**
   * @param isKeyed Whether its calls are retried, under a key, until they are acknowledged; else each is made once.
   * @param relay Makes the calls from another pool.
   */
  constructor(
    private readonly id: number,
    readonly isKeyed: boolean,
    private readonly relay: RelayRef | undefined,
    private readonly counters: readonly Counted[],
    private readonly calls: Tally,
    private readonly victims: Victims,
  ) {
    this.#next = id;
  }

  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn()) await this.call(this.counters[this.#next++ % this.counters.length]!);
  }

  /** Makes the next call to a counter, and resolves when it has settled. */
  async call(counter: Counted): Promise<void> {
    const number = counter.book.ask(this.id);
    const call = this.#add(counter.ref, number);
    const name = `increment ${number} of lane ${this.id} at ${counter.name}`;
    const mayFailWith = this.isKeyed ? [] : onceMayFailWith;
    if (await this.calls.follow(name, call, mayFailWith)) this.victims.note(counter.pool);
    else counter.book.fail(this.id, number);
  }

  #add(counter: CounterRef, number: number): PromiseLike<unknown> {
    const { id, isKeyed, relay } = this;
    const retries = isKeyed ? Infinity : 0;
    const options = isKeyed ? { key: `${id}:${number}`, retries } : {};
    const method: Method = number % 2 === 0 ? "add" : "addSlowly";
    return relay
      ? relay.relay.with({ retries })(counter, method, id, number, options)
      : counter[method].with(options)(id, number);
  }
}
