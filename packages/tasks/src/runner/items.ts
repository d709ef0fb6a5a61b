import type { ObjectRef } from "@troupe/objects";

import { shared } from "../shared.js";
import type { Form } from "../values/form.js";
import { resultOf } from "./results.js";
import type { Run } from "./run.js";

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

export function isIterator(value: unknown): value is AnyIterator {
  return typeof value === "object" && value !== null && typeof (value as AnyIterator).next === "function";
}

/** What becomes of the items of a run. */
export interface ItemSink {
  /** @param refs Those in it, which it gets. */
  give(form: Form, refs: readonly ObjectRef[]): void;
  /** The run waits for room, or does so no more. */
  waits(begins: boolean): void;
}

/** Gives the items of a run as there is room for them. */
export async function giveItems(run: Run, iterator: AnyIterator, { give, waits }: ItemSink): Promise<void> {
  let left = run.skip ?? 0;
  for (;;) {
    if (run.credit === 0 && left === 0 && !run.isAborted) {
      waits(true);
      await new Promise<void>((resolve) => (run.onCredit = resolve));
      run.onCredit = undefined;
      waits(false);
    }
    if (run.isAborted) {
      await shared.running.run(run, () => iterator.return?.());
      return;
    }
    const item: IteratorResult<unknown, unknown> = await shared.running.run(run, () => iterator.next());
    if (item.done === true) return;
    if (left > 0) {
      left--;
      continue;
    }
    const { form, refs } = await resultOf(run, item.value, "an item");
    run.credit--;
    /** @param refs Those in it, which it gets. */
    give(form, refs);
  }
}
