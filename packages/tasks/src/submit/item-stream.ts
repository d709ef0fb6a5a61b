import { Fifo } from "@troupe/core";
import { type Expected, type ObjectRef, objects } from "@troupe/objects";

import { shared } from "../shared.js";
import { type Form, noRefs } from "../values/form.js";
import { settle } from "../values/settle.js";

/** Items that a run may be ahead of whoever takes them. */
export const streamWindow = 64;

interface Waiter {
  resolve(result: IteratorResult<ObjectRef>): void;
  reject(error: unknown): void;
}

/** The items of a task that gives them one by one, as refs, in the process that submitted it. */
export class ItemStream implements AsyncIterableIterator<ObjectRef> {
  /** Items that came so far; a run that takes the place of a lost one leaves these out. */
  count = 0;
  readonly #items = new Fifo<ObjectRef>();
  readonly #waiters = new Fifo<Waiter>();
  /** Items taken since the run heard of it. */
  #taken = 0;
  #end: { error?: Error } | undefined;

  /**
   * @param credit Tells the run that there is room for so many more.
   * @param cancel Tells it that no more are wanted.
   */
  constructor(
    private readonly credit: (count: number) => void,
    private readonly cancel: () => void,
  ) {}

  /** Whether somebody waits for an item. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0;
  }

  add(forms: readonly Form[], refs: readonly ObjectRef[] = noRefs): void {
    const last = forms.length - 1;
    for (const [index, form] of forms.entries()) {
      this.count++;
      const item: Expected = objects.expect();
      settle(item, form, index === last ? refs : refs.map((ref) => objects.retain(ref)));
      const waiter = this.#nextWaiter();
      if (waiter) {
        waiter.resolve({ done: false, value: item.ref });
        this.#took();
      } else if (this.#end) item.ref.release();
      else this.#items.push(item.ref);
    }
  }

  /** No more will come; what is here can still be taken. */
  end(): void {
    this.#finish({});
  }

  fail(error: Error): void {
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<ObjectRef>> {
    const item = this.#items.shift();
    if (item) {
      this.#took();
      return Promise.resolve({ done: false, value: item });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#end) return this.#tellEnd(waiter);
      this.#waiters.push(waiter);
      shared.waiting++;
    });
  }

  /** No more are wanted: the run is cancelled. */
  return(): Promise<IteratorResult<ObjectRef>> {
    const isRunning = this.#end === undefined;
    this.#finish({});
    this.#end = {};
    for (let item = this.#items.shift(); item; item = this.#items.shift()) item.release();
    if (isRunning) this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: { error?: Error }): void {
    if (this.#end) return;
    this.#end = end;
    for (let waiter = this.#nextWaiter(); waiter; waiter = this.#nextWaiter()) this.#tellEnd(waiter);
  }

  #nextWaiter(): Waiter | undefined {
    const waiter = this.#waiters.shift();
    if (waiter) shared.waiting--;
    return waiter;
  }

  #took(): void {
    if (++this.#taken < streamWindow / 2 || this.#end) return;
    this.credit(this.#taken);
    this.#taken = 0;
  }

  #tellEnd(waiter: Waiter): void {
    const { error } = this.#end!;
    if (!error) return waiter.resolve({ done: true, value: undefined });
    // The failure is told once, at the place where it happened.
    this.#end = {};
    waiter.reject(error);
  }
}
