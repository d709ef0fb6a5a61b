import { unknownTag } from "../version/unknown-tag.js";
import type { Form } from "../version/form.js";
import type { Shards } from "./shards.js";
import { type Kept, Shelf } from "./shelf.js";

/** The versions of all tags. */
export class Shelves implements Iterable<[tag: string, Shelf]> {
  readonly #shelves = new Map<string, Shelf>();

  /** @param history Versions of a tag that are kept. */
  constructor(
    private readonly shards: Shards,
    private readonly history: number,
  ) {}

  /** That of a tag, made now if there is none. */
  of(tag: string): Shelf {
    let shelf = this.#shelves.get(tag);
    if (!shelf) this.#shelves.set(tag, (shelf = new Shelf()));
    return shelf;
  }

  /** @throws ERR_CONFIG for a tag that has no version */
  existing(tag: string): Shelf {
    const shelf = this.#shelves.get(tag);
    if (shelf?.latest) return shelf;
    throw unknownTag(tag, this.tags);
  }

  find(tag: string, version: number): Kept | undefined {
    return this.#shelves.get(tag)?.kept.find(({ record }) => record.version === version);
  }

  /** Those that have versions, in the order in which they came. */
  get tags(): string[] {
    return [...this.#shelves].filter(([, { latest }]) => latest).map(([tag]) => tag);
  }

  /** Adds a version; what there is too much of goes. */
  add(shelf: Shelf, form: Form, kept: Kept): void {
    for (const { parts } of shelf.add(form, kept, this.history)) this.shards.release(parts);
  }

  [Symbol.iterator](): Iterator<[tag: string, Shelf]> {
    return this.#shelves[Symbol.iterator]();
  }
}
