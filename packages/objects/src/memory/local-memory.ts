import type { MaybePromise } from "../maybe-promise.js";
import type { HostStore } from "../store/host-store.js";
import type { StoredAt } from "../store/stored-at.js";
import { layOut, type Packed } from "../value/packed.js";
import type { Memory } from "./memory.js";

/** The host's store in the process that has it. */
export class LocalMemory implements Memory {
  constructor(
    private readonly store: HostStore,
    private readonly self: string,
  ) {}

  put(packed: Packed): number {
    const { key, bytes } = this.store.create(this.self, packed.byteLength);
    layOut(packed, bytes);
    this.store.seal(key);
    return key;
  }

  write(packed: Packed): number {
    return this.put(packed);
  }

  adopt(segment: string): number {
    return this.store.adopt(this.self, segment);
  }

  pin(key: number): MaybePromise<StoredAt> {
    return this.store.pin(key, this.self);
  }

  unpin(key: number): void {
    this.store.unpin(key, this.self);
  }

  keep(key: number): void {
    this.store.give(key, this.self);
  }

  delete(key: number): void {
    this.store.delete(key);
  }
}
