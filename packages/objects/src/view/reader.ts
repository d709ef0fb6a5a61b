import { armDeadline, deferred, type WaitOptions } from "@troupe/core";

import { after, type MaybePromise } from "../maybe-promise.js";
import type { Pinned } from "../memory/memory.js";
import type { Surroundings } from "../surroundings.js";
import { Borrowed } from "../table/borrowed.js";
import type { Borrower } from "../table/borrower.js";
import type { Known } from "../table/known.js";
import { isLost } from "../table/lost.js";
import { Owned } from "../table/owned.js";
import type { Owner } from "../table/owner.js";
import { unpack, unpackSmall } from "../value/packed.js";
import { isLarge, type Place, type StoredValue } from "../value/stored-value.js";
import { HeldValue } from "./held-value.js";
import { Views } from "./views.js";

/** Gives the values of objects: waits for them, opens their memory, and has those that were lost computed again. */
export class Reader {
  readonly #views: Views;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly owner: Owner,
    private readonly borrower: Borrower,
  ) {
    this.#views = new Views(surroundings);
  }

  /** The value of an object, at once if it is small and there. @throws By the promise: why it failed, ERR_OBJECT_LOST */
  value(known: Known): MaybePromise<unknown> {
    const { stored, error } = known;
    if (error) return Promise.reject(error);
    if (stored && !isLarge(stored)) return this.load(stored, known);
    return this.#valueLater(known);
  }

  async #valueLater(known: Known): Promise<unknown> {
    known.hold();
    try {
      for (;;) {
        await this.settled(known);
        const { stored, error } = known;
        if (!stored) throw error!;
        try {
          return await this.load(stored, known);
        } catch (problem) {
          if (!isLost(problem) || !isLarge(stored)) throw problem;
          await this.recover(known, stored, problem);
        }
      }
    } finally {
      known.release();
    }
  }

  /** The value of what is stored, be it an object's or not yet one. @throws ERR_OBJECT_LOST */
  load(stored: StoredValue, known?: Known): MaybePromise<unknown> {
    const context = known instanceof Borrowed ? known.port.transport : undefined;
    if (!isLarge(stored)) return this.#holding(known, unpackSmall(stored[0], context));
    return after(this.#views.open(stored, known), (buffer) =>
      this.#holding(known, unpack(new Uint8Array(buffer), context)),
    );
  }

  /** Keeps the memory at a place. @throws ERR_OBJECT_LOST */
  hold(place: Place): MaybePromise<HeldValue> {
    const { memory } = this.surroundings;
    const open = (pinned: Pinned) => unpack(new Uint8Array(this.#views.openPinned(pinned)), undefined);
    return after(memory.pin(place), (pinned) => new HeldValue(pinned, open, (key) => memory.unpin(key)));
  }

  /** References in the value are held by its object until their owners know of this process. */
  #holding(known: Known | undefined, value: unknown): unknown {
    const acknowledged = known && this.borrower.whenAcknowledged;
    if (acknowledged) {
      known.hold();
      void acknowledged.then(() => known.release());
    }
    return value;
  }

  /** An object is not to be had from that place any more: its owner knows another, or has it computed again. @throws ERR_OBJECT_LOST */
  recover(known: Known, place: Place, problem?: Error): MaybePromise<void> {
    if (known instanceof Owned) return this.owner.recover(known, place, problem);
    this.borrower.askAgain(known as Borrowed, place);
  }

  /** Whether an object is ready or has failed. Of another's object that is asked, once. */
  isSettled(known: Known): boolean {
    if (known.state !== "pending") return true;
    if (known instanceof Borrowed) this.borrower.ask(known);
    return false;
  }

  /** Settles when an object is ready or has failed. */
  settled(known: Known): Promise<void> {
    if (this.isSettled(known)) return Promise.resolve();
    return new Promise((resolve) => void known.whenSettled(resolve));
  }

  /** Settles when so many more objects are ready or have failed, or the time is over. @throws ERR_CANCELLED */
  countSettled(objects: readonly Known[], count: number, options: WaitOptions): Promise<void> {
    const settled = deferred<void>();
    let left = count;
    const withdrawals = objects.map((known) =>
      known.whenSettled(() => {
        if (--left === 0) settled.resolve();
      }),
    );
    const disarm = armDeadline("wait()", options, (error) => {
      if (error.code === "ERR_TIMEOUT") settled.resolve();
      else settled.reject(error);
    });
    return settled.promise.finally(() => {
      disarm();
      for (const withdraw of withdrawals) withdraw();
    });
  }
}
