/** What a method may give that travels item by item. */
export type StreamLike = AsyncIterable<unknown> | IterableIterator<unknown>;

/** Whether a method gave a stream: a generator, an iterator, or anything that is iterated asynchronously. */
export function isStreamLike(value: unknown): value is StreamLike {
  if (typeof value !== "object" || value === null) return false;
  const { [Symbol.asyncIterator]: asyncIterator, [Symbol.iterator]: iterator } = value as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof asyncIterator === "function") return true;
  return typeof iterator === "function" && typeof (value as Partial<Iterator<unknown>>).next === "function";
}

/** An iterator of either kind. */
export type AnyIterator = Iterator<unknown, unknown> | AsyncIterator<unknown, unknown>;

export function iteratorOf(stream: StreamLike): AnyIterator {
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
}
