import { type ElementType, Segment } from "@troupe/shm";

import type { Place } from "./call.js";
import { arrayOver, type ArrayOf, bytesOf, type NumberArray, type Numbers, types } from "./elements.js";

/** Arrays of others that are kept mapped; the one that was longest not used goes first. */
const mostMapped = 64;

/** Arrays of members that lie in shared memory: those of this one by their memory, those of others by their names. */
export class SharedArrays {
  /** The segment of each array that was made here and is still there. */
  readonly #own = new WeakMap<ArrayBufferLike, Segment>();
  readonly #named = new Set<Segment>();
  readonly #mapped = new Map<string, ArrayBuffer>();
  readonly #dropped = new FinalizationRegistry<Segment>((segment) => this.#drop(segment));

  /** @throws ERR_STORE_FULL, ERR_CONFIG for a length that is none */
  make<T extends ElementType>(type: T, length: number): ArrayOf<T> {
    const number = types.indexOf(type);
    // A segment of nothing cannot be.
    const segment = Segment.create("collective-array", Math.max(1, length * bytesOf(number)));
    // A view of its own, which goes when nobody has the array any more.
    const buffer = segment.view(0, segment.byteLength);
    this.#own.set(buffer, segment);
    this.#named.add(segment);
    this.#dropped.register(buffer, segment);
    return arrayOver(number, buffer, 0, length) as unknown as ArrayOf<T>;
  }

  /** Where others find an array; `undefined` when it is memory of this process alone. */
  placeOf(array: NumberArray): Place | undefined {
    const segment = this.#own.get(array.buffer);
    return segment === undefined ? undefined : { name: segment.name, offset: array.byteOffset };
  }

  /** An array of another member. @throws ERR_CLOSED when it is gone */
  at({ name, offset }: Place, type: number, length: number): Numbers {
    const buffer = this.#mapped.get(name) ?? mapped(name);
    this.#mapped.delete(name);
    this.#mapped.set(name, buffer);
    if (this.#mapped.size > mostMapped) this.#mapped.delete(this.#mapped.keys().next().value!);
    return arrayOver(type, buffer, offset, length);
  }

  /** Takes all names away. Arrays that somebody has stay. */
  close(): void {
    for (const segment of this.#named) this.#drop(segment);
    this.#mapped.clear();
  }

  #drop(segment: Segment): void {
    if (this.#named.delete(segment)) segment[Symbol.dispose]();
  }
}

function mapped(name: string): ArrayBuffer {
  const segment = Segment.open(name);
  const { buffer } = segment;
  // The mapping stays as long as the buffer does.
  segment.close();
  return buffer;
}
