import { TroupeError } from "@troupe/core";

import type { StoredValue, Write } from "../client/backend.js";
import type { Sequence } from "./sequence.js";

/** Most keys of one registry, and most bytes of their values together. */
const maxKeys = 100_000;
const maxBytes = 256 * 1024 * 1024;
/** Deleted keys that are remembered as deleted, so that no one who was away brings them back. */
const maxTombstones = 10_000;

interface HeldValue {
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly write: string;
}

type Tombstone = Omit<HeldValue, "bytes">;

/** Keys with versions: the state of a registry that is kept in one process. */
export class KeyTable {
  readonly #values = new Map<string, HeldValue>();
  readonly #tombstones = new Map<string, Tombstone>();
  #bytes = 0;

  constructor(private readonly sequence: Sequence) {}

  get size(): number {
    return this.#values.size;
  }

  get(key: string): StoredValue | undefined {
    return this.#values.get(key);
  }

  /** @throws ERR_REGISTRY when there is no room. */
  set(key: string, write: Write): number {
    const last = this.#last(key);
    // The same write again: its answer was lost on the way.
    if (last?.write === write.id) return last.version;
    return this.#put(key, this.sequence.next(), write);
  }

  /** @throws ERR_REGISTRY when there is no room. */
  cas(key: string, expected: number | undefined, write: Write): number | undefined {
    const last = this.#last(key);
    if (last?.write === write.id) return last.version;
    if (this.#values.get(key)?.version !== expected) return undefined;
    return this.#put(key, this.sequence.next(), write);
  }

  /** Takes over what another server acknowledged, unless something newer is known, or there is no room. */
  adopt(key: string, version: number, write: Write): void {
    this.sequence.observe(version);
    const last = this.#last(key);
    if (!last || last.version < version) {
      if (this.#fits(key, write.bytes)) this.#put(key, version, write);
    }
  }

  #fits(key: string, bytes: Uint8Array | undefined): boolean {
    if (!bytes) return true;
    const before = this.#values.get(key);
    const growth = bytes.byteLength - (before?.bytes.byteLength ?? 0);
    return (before !== undefined || this.#values.size < maxKeys) && this.#bytes + growth <= maxBytes;
  }

  #last(key: string): Tombstone | undefined {
    return this.#values.get(key) ?? this.#tombstones.get(key);
  }

  #put(key: string, version: number, { bytes, id }: Write): number {
    if (!this.#fits(key, bytes)) {
      throw new TroupeError(
        "ERR_REGISTRY",
        `The registry holds ${this.#values.size} keys of ${this.#bytes} bytes and has no room for "${key}" ` +
          `(limits: ${maxKeys} keys, ${maxBytes} bytes); keep larger state in @troupe/storage.`,
        { details: { keys: this.#values.size, bytes: this.#bytes }, retryable: false },
      );
    }
    this.#bytes += (bytes?.byteLength ?? 0) - (this.#values.get(key)?.bytes.byteLength ?? 0);
    this.#tombstones.delete(key);
    if (bytes) {
      // A copy: the bytes may be a part of a much larger buffer, which this would keep.
      this.#values.set(key, { version, bytes: Uint8Array.from(bytes), write: id });
    } else {
      this.#values.delete(key);
      this.#tombstones.set(key, { version, write: id });
      if (this.#tombstones.size > maxTombstones) {
        for (const oldest of this.#tombstones.keys()) {
          this.#tombstones.delete(oldest);
          break;
        }
      }
    }
    return version;
  }
}
