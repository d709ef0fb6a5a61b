import { TroupeError, type WaitOptions } from "@troupe/core";

import { Queue } from "../queue/queue.js";

/** What items come from. */
export type Items<I> = Iterable<I> | AsyncIterable<I>;

/** What came of an item. */
export type Outcome<I, R> = PromiseSettledResult<R> & {
  readonly item: I;
  /** Its place among the items, from 0. */
  readonly index: number;
};

/** How items are mapped, and by whom. */
export interface MappingPlan<I, R> {
  readonly items: Items<I>;
  /** Whether results come in the order of their items; otherwise as they are there. */
  readonly ordered: boolean;
  /** Whether an item that fails is an outcome like others; otherwise it ends the whole. */
  readonly settled: boolean;
  /** Items that are begun and whose results were not taken yet. */
  readonly ahead: number;
  /** Waits until somebody is free for one more. */
  ready(options: WaitOptions): Promise<void>;
  perform(item: I, signal: AbortSignal): Promise<R>;
  /** Ends the whole, with its reason as the error. */
  readonly end: AbortController;
}

/** Maps items to results side by side, taking an item only when there is somebody and room for it. */
export class Mapping<I, R> {
  readonly #plan: MappingPlan<I, R>;
  readonly #signal: AbortSignal;
  /** As many as there are items begun whose results were not taken. */
  readonly #begun: Queue<undefined>;
  /** In order, outcomes that may still be to come. */
  readonly #outcomes: Queue<Outcome<I, R> | Promise<Outcome<I, R>>>;
  readonly #running = new Set<Promise<unknown>>();
  #isPulling = false;

  constructor(plan: MappingPlan<I, R>) {
    this.#plan = plan;
    this.#signal = plan.end.signal;
    this.#begun = new Queue(plan.ahead);
    this.#outcomes = new Queue(plan.ahead);
    this.#signal.addEventListener("abort", () => this.#outcomes.close(), { once: true });
  }

  /** @throws What the source of the items threw, or the first item that failed, unless it is settled; why it was ended. */
  async *outcomes(): AsyncGenerator<Outcome<I, R>, void, undefined> {
    this.#signal.throwIfAborted();
    const feeding = this.#feed();
    try {
      for (;;) {
        const [next] = await this.#outcomes.get(1);
        if (!next) break;
        const outcome = await next;
        this.#signal.throwIfAborted();
        this.#begun.tryGet();
        yield outcome;
      }
      this.#signal.throwIfAborted();
    } finally {
      this.#plan.end.abort(new TroupeError("ERR_CANCELLED", "Whoever wanted the results has left."));
      // A source that gives nothing is not waited for: it is closed when it does.
      if (!this.#isPulling) await feeding;
    }
  }

  /** Begins the items. Never rejects. */
  async #feed(): Promise<void> {
    const { items, end } = this.#plan;
    try {
      const iterator = iteratorOf(items);
      if (await this.#beginAll(iterator)) await Promise.all(this.#running);
      else await iterator.return?.();
      this.#outcomes.close();
    } catch (error) {
      end.abort(error);
    }
  }

  /** Says whether that was all of them; otherwise no more are wanted. */
  async #beginAll(iterator: Iterator<I> | AsyncIterator<I>): Promise<boolean> {
    for (let index = 0; await this.#mayBegin(); index++) {
      this.#isPulling = true;
      const step = await iterator.next();
      this.#isPulling = false;
      if (step.done) return true;
      if (this.#signal.aborted) return false;
      this.#begin(step.value, index);
    }
    return false;
  }

  /** Waits until there is room, and somebody. */
  async #mayBegin(): Promise<boolean> {
    const signal = this.#signal;
    try {
      await this.#begun.put(undefined, { signal });
      await this.#plan.ready({ signal });
    } catch (error) {
      this.#plan.end.abort(error);
    }
    return !signal.aborted;
  }

  #begin(item: I, index: number): void {
    const { ordered, perform, settled, end } = this.#plan;
    const outcome = perform(item, this.#signal).then(
      (value): Outcome<I, R> => ({ status: "fulfilled", item, index, value }),
      (reason: unknown): Outcome<I, R> => {
        if (!settled) end.abort(reason);
        return { status: "rejected", item, index, reason };
      },
    );
    const told = outcome.then((it) => {
      this.#running.delete(told);
      if (!ordered && !this.#signal.aborted) this.#outcomes.tryPut(it);
    });
    this.#running.add(told);
    if (ordered) this.#outcomes.tryPut(outcome);
  }
}

function iteratorOf<I>(items: Items<I>): Iterator<I> | AsyncIterator<I> {
  const { [Symbol.asyncIterator]: iterate } = items as Partial<AsyncIterable<I>>;
  return iterate ? iterate.call(items as AsyncIterable<I>) : (items as Iterable<I>)[Symbol.iterator]();
}
