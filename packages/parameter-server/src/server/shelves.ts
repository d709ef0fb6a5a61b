import { lostTag, unknownTag } from "../version/missing-tag.js";
import type { Form } from "../version/form.js";
import type { Shards } from "./shards.js";
import { type Kept, Shelf } from "./shelf.js";

/** The versions of all tags. */
export class Shelves implements Iterable<[tag: string, Shelf]> {
  readonly #shelves = new Map<string, Shelf>();
  /** Tags of which nothing is known may have had versions up to this one, which were lost; 0 when all is known. */
  floor = 0;

  /** @param history Versions of a tag that are kept. */
  constructor(
    private readonly shards: Shards,
    private readonly history: number,
  ) {}

  /** That of a tag, made now if there is none. */
  of(tag: string): Shelf {
    let shelf = this.#shelves.get(tag);
    if (!shelf) this.#shelves.set(tag, (shelf = new Shelf(this.floor)));
    return shelf;
  }

  /** @throws ERR_CONFIG for a tag that has no version, ERR_OBJECT_LOST for one whose versions were lost */
  existing(tag: string): Shelf {
    const shelf = this.#shelves.get(tag);
    if (shelf?.latest) return shelf;
    if (shelf ? shelf.isLost : this.floor > 0) throw lostTag(tag);
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
