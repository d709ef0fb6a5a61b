/**
 * Who holds something and who waits. Only an owner that does both can be part of a wait-for cycle, so as long as
 * nobody does, no cycle is looked for.
 */
export class Holders {
  readonly #holding = new Map<string, number>();
  readonly #waiting = new Map<string, number>();
  #both = 0;

  /** Whether some owner holds something and waits. */
  get areEntangled(): boolean {
    return this.#both > 0;
  }

  hold(owner: string | undefined): void {
    if (owner !== undefined && increment(this.#holding, owner) && this.#waiting.has(owner)) this.#both++;
  }

  drop(owner: string | undefined): void {
    if (owner !== undefined && decrement(this.#holding, owner) && this.#waiting.has(owner)) this.#both--;
  }

  wait(by: string | undefined): void {
    if (by !== undefined && increment(this.#waiting, by) && this.#holding.has(by)) this.#both++;
  }

  leave(by: string | undefined): void {
    if (by !== undefined && decrement(this.#waiting, by) && this.#holding.has(by)) this.#both--;
  }
}

/** Whether it is the first. */
function increment(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  counts.set(key, count + 1);
  return count === 0;
}

/** Whether it was the last. */
function decrement(counts: Map<string, number>, key: string): boolean {
  const count = (counts.get(key) ?? 1) - 1;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
  return count === 0;
}
