import { type Deferred, deferred } from "@troupe/core";

import type { Chunks } from "./chunks.js";

/**
 * An object whose chunks come one by one, in any order. What has come can be read before the rest is there: so a
 * host passes on what it still receives.
 */
export class Filling {
  /** 1 for each chunk that is here. */
  readonly #here: Uint8Array;
  /** Those who wait for a chunk. */
  readonly #awaited = new Map<number, Deferred<void>>();
  #left: number;
  #failure: Error | undefined;

  /** @param bytes The object's memory, as long as `chunks` says. */
  constructor(
    readonly bytes: Uint8Array,
    readonly chunks: Chunks,
  ) {
    this.#here = new Uint8Array(chunks.count);
    this.#left = chunks.count;
  }

  /** Chunks that have not come yet. */
  get left(): number {
    return this.#left;
  }

  /** The chunks that have not come yet, in order; one that comes meanwhile is left out. */
  *missing(): Generator<number, void> {
    for (let index = 0; index < this.chunks.count; index++) if (this.#here[index] === 0) yield index;
  }

  /** A chunk has come. One that came before, by another way, changes nothing. */
  accept(index: number, bytes: Uint8Array): void {
    if (this.#here[index] !== 0) return;
    this.bytes.set(bytes, this.chunks.offset(index));
    this.#here[index] = 1;
    this.#left--;
    this.#awaited.get(index)?.resolve();
    this.#awaited.delete(index);
  }

  /**
   * The bytes of a range within the object: at once when all are here, else when the last of them has come.
   *
   * @throws What it was failed with; at once or by the promise.
   */
  range(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    this.check();
    const bytes = this.bytes.subarray(offset, offset + length);
    const { first, end } = this.chunks.covering(offset, length);
    const awaited: Promise<void>[] = [];
    for (let index = first; index < end; index++)
      if (this.#here[index] === 0) awaited.push(this.#arrival(index));
    return awaited.length === 0 ? bytes : Promise.all(awaited).then(() => bytes);
  }

  /** @throws What it was failed with. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** What is missing will not come, and what is here goes: those who wait get `error`, and those who ask later. */
  fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#awaited.values()) reject(error);
    this.#awaited.clear();
  }

  #arrival(index: number): Promise<void> {
    let arrival = this.#awaited.get(index);
    if (!arrival) {
      arrival = deferred();
      this.#awaited.set(index, arrival);
    }
    return arrival.promise;
  }
}
