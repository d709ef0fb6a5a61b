import { inspect } from "node:util";

import { armDeadline, Fifo, TroupeError } from "@troupe/core";
import { type ObjectRef, objects } from "@troupe/objects";

import type { TaskPlan } from "../definition/plan.js";
import type { TaskMapOptions, TaskMap } from "../types.js";
import { cancelledError } from "./errors.js";
import type { Submission } from "./submission.js";
import { currentTasks, submit } from "./submit.js";

/** Tasks under way at a time, at most, when nothing else is said. */
const defaultConcurrency = 256;

/** @throws ERR_CONFIG */
export function mapTask(
  plan: TaskPlan,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: TaskMapOptions = {},
): TaskMap<never> {
  const { concurrency = defaultConcurrency } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `map() takes a concurrency that is a whole number from 1, not ${inspect(concurrency)}.`,
    );
  }
  if (plan.definition.isStream || plan.returns !== undefined) {
    throw new TroupeError("ERR_CONFIG", `map() is for tasks with one result, and ${plan.name} has several.`);
  }
  return new Mapped(plan, items, { ...options, concurrency }) as TaskMap<never>;
}

/** One run: what came of it, once it is over. */
interface Slot {
  readonly submission: Submission;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
}

/** The runs of a task over many items. */
class Mapped implements AsyncIterableIterator<unknown> {
  readonly total: number | undefined;
  completed = 0;
  /** Those whose value was not given yet: in the order of their items, or of their ends. */
  readonly #slots = new Fifo<Slot>();
  readonly #running = new Set<Slot>();
  readonly #values: AsyncGenerator;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;
  /** Called when there may be something to give, or room for another item. */
  #wakeGiver = noop;
  #wakePuller = noop;

  constructor(
    private readonly plan: TaskPlan,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    private readonly options: TaskMapOptions & { readonly concurrency: number },
  ) {
    this.total = countOf(items);
    this.#values = this.#give(items);
  }

  next(): Promise<IteratorResult<unknown>> {
    return this.#values.next();
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#fail(cancelledError(this.plan.name));
    return this.#values.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async *#give(items: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator {
    const disarm = armDeadline(`map() of the task ${this.plan.name}`, this.options, (error) =>
      this.#fail(error),
    );
    void this.#pull(items);
    try {
      for (;;) {
        const slot = this.#nextOver();
        if (this.#failure) throw this.#failure.error;
        if (slot) {
          const { outcome } = slot;
          if ("error" in outcome!) throw outcome.error;
          this.completed++;
          this.#wakePuller();
          yield outcome!.value;
        } else if (this.#isOver && this.#slots.size === 0 && this.#running.size === 0) return;
        else await new Promise<void>((resolve) => (this.#wakeGiver = resolve));
      }
    } finally {
      disarm();
      this.#fail(cancelledError(this.plan.name));
      for (const { submission } of this.#running)
        currentTasks()?.submitter.giveUp(submission, cancelledError(this.plan.name));
    }
  }

  #nextOver(): Slot | undefined {
    return this.#slots.peek()?.outcome ? this.#slots.shift() : undefined;
  }

  async #pull(items: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
    const { concurrency } = this.options;
    try {
      for await (const item of items) {
        if (this.#failure) return;
        this.#begin(item);
        while (this.#running.size >= concurrency || this.#slots.size >= concurrency * 2) {
          if (this.#failure) return;
          await new Promise<void>((resolve) => (this.#wakePuller = resolve));
        }
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isOver = true;
      this.#wakeGiver();
    }
  }

  #begin(item: unknown): void {
    const submission = submit(this.plan, [item]);
    const slot: Slot = { submission, outcome: undefined };
    this.#running.add(slot);
    if (this.options.ordered !== false) this.#slots.push(slot);
    void this.#settle(slot, submission.handOver()[0]!);
  }

  async #settle(slot: Slot, ref: ObjectRef): Promise<void> {
    try {
      slot.outcome = { value: await objects.get(ref) };
    } catch (error) {
      slot.outcome = { error };
    }
    ref.release();
    this.#running.delete(slot);
    if (this.options.ordered === false) this.#slots.push(slot);
    this.#wakeGiver();
    this.#wakePuller();
  }

  /** No more are begun, and none given. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeGiver();
    this.#wakePuller();
  }
}

/** How many items there are, where that can be told. */
function countOf(items: object): number | undefined {
  const { length, size } = items as { readonly length?: unknown; readonly size?: unknown };
  if (typeof length === "number") return length;
  return typeof size === "number" ? size : undefined;
}

function noop(): void {}
