import type { Seat } from "../client/backend.js";
import type { Announcement, KnownValue } from "./protocol.js";

/** Keys whose last value is remembered: those that this process wrote, and those that it only read. */
const maxWritten = 10_000;
const maxRead = 1_000;
/** Bytes of the values of each kind. */
const maxBytes = 64 * 1024 * 1024;
/** Members that left, remembered so that nobody brings them back. */
const maxGone = 1_000;

interface OwnSeat {
  readonly group: string;
  readonly seat: Seat;
}

type Known = Omit<KnownValue, "bytes"> & { readonly bytes: Uint8Array | undefined };

/** Keys with values, the oldest forgotten first. */
class RecentKeys {
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  constructor(private readonly limit: number) {}

  get(key: string): Known | undefined {
    return this.#known.get(key);
  }

  put(key: string, known: Known): void {
    this.delete(key);
    this.#known.set(key, known);
    this.#bytes += known.bytes?.byteLength ?? 0;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.limit && this.#bytes <= maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#known.get(key)?.bytes?.byteLength ?? 0;
    this.#known.delete(key);
  }

  [Symbol.iterator](): IterableIterator<[string, Known]> {
    return this.#known.entries();
  }
}

/**
 * What a client knows of its registry, and tells a new server when the former one is gone: its own seats,
 * the groups that it watches, the keys that it wrote and read.
 */
export class Knowledge {
  readonly #seats = new Map<string, OwnSeat>();
  readonly #gone = new Map<string, readonly [group: string, name: string, incarnation: string]>();
  readonly #written = new RecentKeys(maxWritten);
  readonly #read = new RecentKeys(maxRead);
  /** Groups that are watched, as they were told last; `undefined` before. */
  readonly views = new Map<string, Map<string, Seat> | undefined>();

  joined(group: string, seat: Seat): void {
    const { name, incarnation } = seat.member;
    this.#gone.delete(idOf(group, name, incarnation));
    this.#seats.set(idOf(group, name), { group, seat });
  }

  left(group: string, name: string, incarnation: string): void {
    this.lost(group, name, incarnation);
    this.#gone.set(idOf(group, name, incarnation), [group, name, incarnation]);
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= maxGone) break;
      this.#gone.delete(oldest);
    }
  }

  /** The server says that the seat is not ours (any more). */
  lost(group: string, name: string, incarnation: string): void {
    const id = idOf(group, name);
    if (this.#seats.get(id)?.seat.member.incarnation === incarnation) this.#seats.delete(id);
  }

  wrote(key: string, known: Known): void {
    if ((this.#written.get(key)?.version ?? 0) > known.version) return;
    this.#read.delete(key);
    this.#written.put(key, known);
  }

  read(key: string, known: Known): void {
    const written = this.#written.get(key);
    // What we wrote and others have replaced is theirs to remember; until then it is ours.
    if (written && written.version >= known.version) return;
    this.#written.delete(key);
    this.#read.put(key, known);
  }

  *announcements(): IterableIterator<Announcement> {
    for (const gone of this.#gone.values()) yield ["gone", ...gone];
    for (const { group, seat } of this.#seats.values()) {
      yield ["seat", group, seat.member, seat.ttl, seat.order, true];
    }
    for (const [group, seats] of this.views) {
      for (const { member, ttl, order } of seats?.values() ?? []) {
        const own = this.#seats.get(idOf(group, member.name));
        if (own?.seat.member.incarnation !== member.incarnation) {
          yield ["seat", group, member, ttl, order, false];
        }
      }
    }
    for (const keys of [this.#read, this.#written]) {
      for (const [key, { version, write, bytes }] of keys) yield ["key", key, version, write, bytes];
    }
    yield ["announced"];
  }
}

function idOf(...names: string[]): string {
  return JSON.stringify(names);
}
