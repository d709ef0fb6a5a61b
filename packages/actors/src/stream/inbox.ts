import { Fifo } from "@troupe/core";

import { streamWindow } from "./producer.js";

interface Waiter {
  resolve(result: IteratorResult<unknown>): void;
  reject(error: unknown): void;
}

/** Items that arrived and were not taken yet, and those who wait for one. */
export class StreamInbox {
  readonly #items = new Fifo<{ readonly value: unknown }>();
  readonly #waiters = new Fifo<Waiter>();
  /** Items taken since the producer heard of it. */
  #taken = 0;
  #end: { readonly error?: unknown } | undefined;

  /**
   * @param from The process that produces.
   * @param grant Tells the producer that there is room for so many more.
   * @param cancel Tells it that no more is wanted.
   */
  constructor(
    readonly from: string,
    private readonly grant: (count: number) => void,
    private readonly cancel: () => void,
  ) {}

  /** Whether somebody waits for an item. */
  get isAwaited(): boolean {
    return this.#waiters.size > 0;
  }

  push(items: readonly unknown[]): void {
    for (const value of items) {
      const waiter = this.#waiters.shift();
      if (waiter) {
        waiter.resolve({ done: false, value });
        this.#took();
      } else this.#items.push({ value });
    }
  }

  /** No more will come; what is here can still be taken. */
  end(end: { readonly error?: unknown } = {}): void {
    if (this.#end) return;
    this.#end = end;
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) this.#tellEnd(waiter);
  }

  next(): Promise<IteratorResult<unknown>> {
    const item = this.#items.shift();
    if (item) {
      this.#took();
      return Promise.resolve({ done: false, value: item.value });
    }
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#end) this.#tellEnd(waiter);
      else this.#waiters.push(waiter);
    });
  }

  /** Drops what is here, and has the producer stop. */
  close(): void {
    const isProducing = this.#end === undefined;
    this.end();
    this.#items.clear();
    this.#end = {};
    if (isProducing) this.cancel();
  }

  #took(): void {
    if (++this.#taken < streamWindow / 2 || this.#end) return;
    this.grant(this.#taken);
    this.#taken = 0;
  }

  #tellEnd(waiter: Waiter): void {
    const end = this.#end!;
    if (!("error" in end)) return waiter.resolve({ done: true, value: undefined });
    // The failure is told once, at the place where it happened.
    this.#end = {};
    waiter.reject(end.error);
  }
}
