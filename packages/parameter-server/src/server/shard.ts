import { isPlace, type ObjectRef, objects, type StoredValue } from "@troupe/objects";

/** A part that a shard keeps; what is small is kept in the records themselves. */
interface Kept {
  readonly ref: ObjectRef | undefined;
  /** Versions that it is in: one that was duplicated is in several. */
  holders: number;
}

/** Keeps its part of each version: the memory of these goes with the process that it is in. */
export class Shard {
  readonly #kept = new Map<number, Kept>();
  #lastId = 0;

  /** Takes a part over from whoever stored it. */
  take(part: StoredValue): number {
    const id = ++this.#lastId;
    this.#kept.set(id, { ref: own(part), holders: 1 });
    return id;
  }

  /** One more version has that part. */
  share(id: number): void {
    this.#kept.get(id)!.holders++;
  }

  /** A version that has that part is not kept any more. */
  release(id: number): void {
    const kept = this.#kept.get(id);
    if (!kept || --kept.holders > 0) return;
    this.#kept.delete(id);
    kept.ref?.release();
  }

  /** Does away with a part that was stored for nobody. */
  discard(part: StoredValue): void {
    own(part)?.release();
  }
}

/** A reference to what is large, of which this process is the owner from now on. */
function own(part: StoredValue): ObjectRef | undefined {
  if (!isPlace(part)) return undefined;
  const expected = objects.expect();
  expected.settle(part);
  return expected.handOver();
}
