import { armDeadline, type Deferred, deferred, Fifo, type WaitOptions } from "@troupe/core";
import { objects, type ObjectRef } from "@troupe/objects";

import type { Call } from "../cell/call.js";
import { isOfThisProcess } from "../cell/chain.js";
import type { Handle } from "./handle.js";

/** A message that waits. */
export interface Waiting {
  /** Says in errors what it is. */
  readonly what: string;
  /** What it waits for, besides those before it. */
  readonly refs: readonly ObjectRef[];
  /** The call that it is part of. */
  readonly asker: Call | undefined;
  readonly bound: WaitOptions;
}

/** A message in its line. */
interface Place {
  readonly turn: Deferred<void>;
  isReady: boolean;
  /** Whether it was sent or given up. */
  hasLeft: boolean;
}

/** Messages of one caller to one actor, which wait for objects, or for those before them: first in, first out. */
export class Line {
  /** Those whose turn has not come. */
  readonly #places = new Fifo<Place>();
  /** Of the calls that messages are part of, the numbers, each with how many those are. */
  readonly #askers = new Map<number, number>();
  #size = 0;

  /** @param onLeft Told of each that was sent or given up. */
  constructor(
    readonly handle: Handle,
    private readonly onLeft: () => void,
  ) {}

  /** Messages that were neither sent nor given up. */
  get size(): number {
    return this.#size;
  }

  /**
   * Sends a message when its objects are ready or have failed, and those before it were sent or given up.
   *
   * @param send Must have sent it when it returns.
   * @throws ERR_TIMEOUT, ERR_CANCELLED; what {@link fail} was given: it is not sent then.
   */
  async send<T>({ what, refs, asker, bound }: Waiting, send: () => T): Promise<Awaited<T>> {
    const place: Place = { turn: deferred(), isReady: false, hasLeft: false };
    this.#enter(place, asker);
    const withdraw = objects.onceSettled(refs, () => {
      place.isReady = true;
      this.#proceed();
    });
    const disarm = armDeadline(what, bound, place.turn.reject);
    let sent: T;
    try {
      // Those whose turn has come go on in the order in which it came.
      await place.turn.promise;
      sent = send();
    } finally {
      disarm();
      withdraw();
      this.#leave(place, asker);
    }
    return await sent;
  }

  /** Those that wait are not sent. @param reason Gives each an error of its own. */
  fail(reason: () => Error): void {
    for (const { turn } of this.#places) turn.reject(reason());
  }

  /** Whether one that waits was sent by a call of which this one is a part: waiting behind it, it may wait for itself. */
  isBelow(call: Call): boolean {
    let link = call.chain;
    for (; isOfThisProcess(link); link = link.chain) if (this.#askers.has(link.number)) return true;
    if (link === undefined) return false;
    const { id } = call.cell.record;
    return link.some((number, at) => at % 2 === 1 && link[at - 1] === id && this.#askers.has(number));
  }

  /** It is the turn of the first, and of those behind it, as far as they are ready. */
  #proceed(): void {
    for (let place = this.#places.peek(); place; place = this.#places.peek()) {
      if (!place.isReady && !place.hasLeft) return;
      this.#places.shift();
      place.turn.resolve();
    }
  }

  #enter(place: Place, asker: Call | undefined): void {
    this.#size++;
    this.#places.push(place);
    if (asker) this.#askers.set(asker.number, (this.#askers.get(asker.number) ?? 0) + 1);
  }

  #leave(place: Place, asker: Call | undefined): void {
    this.#size--;
    place.hasLeft = true;
    if (asker) {
      const others = this.#askers.get(asker.number)! - 1;
      if (others > 0) this.#askers.set(asker.number, others);
      else this.#askers.delete(asker.number);
    }
    this.#proceed();
    this.onLeft();
  }
}
