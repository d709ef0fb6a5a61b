import type { StorageChange, StorageWatch } from "@troupe/storage";

/** Times to live in milliseconds: one that a test outlives, and one that no test does. */
export const short = 40;
export const long = 60_000;

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The next change, which must come. */
export async function take(watch: StorageWatch): Promise<StorageChange> {
  const { value } = await watch.next();
  if (value === undefined) throw new Error("The watch ended before the change that was awaited.");
  return value;
}

/**
 * Does something that must happen within a key's time to live, again with a longer time when it says that
 * it was too late, and gives the time that was enough.
 */
export async function withinTime(attempt: (ttl: number) => Promise<boolean>): Promise<number> {
  for (let ttl = short; ; ttl *= 2) {
    if (await attempt(ttl)) return ttl;
    if (ttl > long) throw new Error(`It did not happen within ${ttl} ms.`);
  }
}
