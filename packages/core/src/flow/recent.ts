/**
 * A map of what was set lately: the latest `limit` keys at least, twice as many at most.
 *
 * Two maps in turn: to delete the oldest key of one map costs more the more was deleted before.
 */
export class Recent<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  constructor(private readonly limit: number) {}

  get(key: K): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: K, value: V): void {
    this.#young.set(key, value);
    if (this.#young.size < this.limit) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
