import { TroupeError } from "@troupe/core";

/**
 * Iterates the result of a call before it is there, so that a streaming method needs no `await`: one function, put on
 * each call's promise.
 */
export function iterateResult(this: Promise<unknown>): AsyncIterableIterator<unknown> {
  return new CallStream(this);
}

class CallStream implements AsyncIterableIterator<unknown> {
  #iterator: Promise<AsyncIterator<unknown>> | undefined;

  constructor(private readonly result: Promise<unknown>) {}

  async next(): Promise<IteratorResult<unknown>> {
    return (await this.#open()).next();
  }

  async return(): Promise<IteratorResult<unknown>> {
    await (await this.#open()).return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #open(): Promise<AsyncIterator<unknown>> {
    return (this.#iterator ??= this.result.then(iteratorOfResult));
  }
}

function iteratorOfResult(result: unknown): AsyncIterator<unknown> {
  if (typeof result === "object" && result !== null) {
    if (Symbol.asyncIterator in result) return (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    if (Symbol.iterator in result) return asyncIteratorOf((result as Iterable<unknown>)[Symbol.iterator]());
  }
  throw new TroupeError("ERR_CONFIG", "The call's result cannot be iterated; its method streams nothing.");
}

function asyncIteratorOf(iterator: Iterator<unknown>): AsyncIterator<unknown> {
  return { next: async () => iterator.next() };
}
