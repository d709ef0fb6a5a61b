import type { StoredValue } from "../value/stored-value.js";

/** What a process knows of an object: one that it owns, or one that it borrows. */
export abstract class Known {
  state: "pending" | "ready" | "failed" = "pending";
  /** What it is, once it is ready. */
  stored: StoredValue | undefined;
  /** Why it never will be, once it has failed. */
  error: Error | undefined;
  /** Its memory as it was opened here last. */
  opened: WeakRef<ArrayBuffer> | undefined;
  /** References to it in this process, in objects that it is part of, and on their way to other processes. */
  #holds = 0;
  /** Most objects are waited for by one. */
  #waiter: (() => void) | undefined;
  #others: Set<() => void> | undefined;

  constructor(
    /** Name of the process that owns it. Another once that has joined a cluster, before anybody else knows of it. */
    public owner: string,
    /** Unique among the objects that processes of that name have owned. */
    readonly id: number,
  ) {}

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    if (--this.#holds === 0) this.unheld();
  }

  /** Has itself told when it is ready or has failed. @returns Takes that back. */
  whenSettled(waiter: () => void): () => void {
    if (this.#waiter === undefined) this.#waiter = waiter;
    else (this.#others ??= new Set()).add(waiter);
    return () => {
      if (this.#waiter === waiter) this.#waiter = undefined;
      else this.#others?.delete(waiter);
    };
  }

  settle(stored: StoredValue): void {
    this.state = "ready";
    this.stored = stored;
    this.#settled();
  }

  fail(error: Error): void {
    this.state = "failed";
    this.error = error;
    this.#settled();
  }

  /** Nobody in this process refers to it any more. */
  protected abstract unheld(): void;

  #settled(): void {
    const waiter = this.#waiter;
    const others = this.#others;
    this.#waiter = this.#others = undefined;
    waiter?.();
    if (others) for (const other of others) other();
  }
}
