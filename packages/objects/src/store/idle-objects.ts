import type { StoredObject } from "./stored-object.js";

/** The objects of a store that nobody holds and that may leave memory, the least recently used first. */
export class IdleObjects {
  /** Memory that they take. */
  bytes = 0;
  readonly #objects = new Map<number, StoredObject>();

  /** Behind all others, unless it is there. */
  add(object: StoredObject): void {
    if (this.#objects.has(object.key)) return;
    this.#objects.set(object.key, object);
    this.bytes += object.block!.room;
  }

  /** Whether it is one of them. */
  set(object: StoredObject, isOne: boolean): void {
    if (isOne) this.add(object);
    else this.remove(object);
  }

  remove({ key, block }: StoredObject): void {
    if (this.#objects.delete(key)) this.bytes -= block!.room;
  }

  /** The least recently used of a kind. */
  first(which: (object: StoredObject) => boolean): StoredObject | undefined {
    for (const object of this.#objects.values()) if (which(object)) return object;
    return undefined;
  }

  clear(): void {
    this.#objects.clear();
    this.bytes = 0;
  }
}
