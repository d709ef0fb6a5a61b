import type { SpilledFile } from "./spill-folder.js";
import type { StoredAt } from "./stored-at.js";
import type { Block } from "./store-segment.js";

/** @param isEvicted Whether it went to make room. */
export type GoneListener = (isEvicted: boolean) => void;

/** One object of a store: in memory, on disk, or on its way back. */
export class StoredObject {
  readonly key: number;
  /** The process that it goes with. */
  owner: string;
  readonly byteLength: number;
  /** `undefined` while it is on disk. */
  block: Block | undefined;
  /** Where it is on disk, unless it is in memory. */
  file: SpilledFile | undefined;
  /** While it is read back. */
  restoring: Promise<StoredAt> | undefined;
  /** Whether all of it is written. */
  isSealed = false;
  /** Nobody can ask for it; its memory stays while somebody holds it. */
  isDeleted = false;
  /** Set for a copy of what another store has: it may go at any time that nobody has it pinned. */
  isCopy = false;
  /** Told once that nobody can ask for it any more. */
  onGone: GoneListener | undefined;
  /** Pins by the name of the process that has them. */
  #holders: Map<string, number> | undefined;

  constructor(key: number, owner: string, byteLength: number, block: Block) {
    this.key = key;
    this.owner = owner;
    this.byteLength = byteLength;
    this.block = block;
  }

  get isHeld(): boolean {
    return this.#holders !== undefined && this.#holders.size > 0;
  }

  /** Whether its memory may be used for something else, once its bytes are on disk. */
  get isIdle(): boolean {
    return this.isSealed && this.block !== undefined && !this.isHeld && this.restoring === undefined;
  }

  /** Where its bytes are; it must be in memory. */
  get at(): StoredAt {
    const { segment, offset } = this.block!;
    return { segment: segment.segment.name, offset, byteLength: this.byteLength };
  }

  /** Its memory, as the store's process has it mapped. */
  get bytes(): Uint8Array {
    const { segment, offset } = this.block!;
    return new Uint8Array(segment.segment.buffer, offset, this.byteLength);
  }

  hold(holder: string): void {
    this.#holders ??= new Map();
    this.#holders.set(holder, (this.#holders.get(holder) ?? 0) + 1);
  }

  /** Pins that the holder does not have are not given back, and nobody else's are. */
  letGo(holder: string, count: number): void {
    const left = (this.#holders?.get(holder) ?? 0) - count;
    if (left > 0) this.#holders!.set(holder, left);
    else this.#holders?.delete(holder);
  }

  letAllGo(): void {
    this.#holders = undefined;
  }
}
