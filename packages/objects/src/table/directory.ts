import type { ObjectPort } from "../port.js";
import { isLarge, nameOfPlace, type Place } from "../value/stored-value.js";
import type { Owned } from "./owned.js";

/**
 * The system request by which the store of a host tells the owner of an object that it has a copy of it, by that key; it
 * is answered by whether that is of use. Or, by `null`, that the copy is gone.
 */
export const copyOp = "object-copy";

export type CopyNews = readonly [of: Place, key: number | null];

/** Where the large objects of this process lie, and where copies of them are. */
export class Directory {
  readonly #objects = new Map<string, Owned>();
  /** Those that may have copies. */
  readonly #copied = new Set<Owned>();

  /** @param drop Gives a copy back that is of no use. */
  constructor(private readonly drop: (copy: Place) => void) {}

  /** Hears of copies. */
  serve(port: ObjectPort): void {
    port.serve(copyOp, (news, from) => this.#hear(news as CopyNews, from));
  }

  add(owned: Owned, place: Place): void {
    this.#objects.set(nameOfPlace(place), owned);
  }

  /** It is not in its places any more. @returns Where it was, the copies last. */
  remove(owned: Owned): Place[] {
    const { stored } = owned;
    if (!stored || !isLarge(stored)) return [];
    this.#objects.delete(nameOfPlace(stored));
    this.#copied.delete(owned);
    const places = [stored, ...this.copiesOf(owned)];
    owned.copies = undefined;
    return places;
  }

  copiesOf({ stored, copies }: Owned): Place[] {
    if (!copies || !stored || !isLarge(stored)) return [];
    const [, byteLength] = stored;
    return Array.from(copies, ([store, key]) => [key, byteLength, store] as const);
  }

  /** A copy is where the object is from now on: what it was a copy of is gone. */
  move(owned: Owned, place: Place): void {
    this.#objects.delete(nameOfPlace(owned.stored as Place));
    owned.copies?.delete(place[2]);
    owned.stored = place;
    this.add(owned, place);
  }

  /** A process ended: what it had is lost. @returns Objects that it had, of which there are copies elsewhere. */
  storeLost(store: string): Owned[] {
    return [...this.#copied].filter((owned) => {
      owned.copies?.delete(store);
      return owned.stored?.[2] === store && owned.copies !== undefined && owned.copies.size > 0;
    });
  }

  #hear([of, key]: CopyNews, store: string): boolean {
    const owned = this.#objects.get(nameOfPlace(of));
    if (!owned) return false;
    this.#copied.add(owned);
    const copies = (owned.copies ??= new Map<string, number>());
    const before = copies.get(store);
    if (key === null) return copies.delete(store);
    copies.set(store, key);
    // It was copied from elsewhere before.
    if (before !== undefined && before !== key) this.drop([before, of[1], store]);
    return true;
  }
}
