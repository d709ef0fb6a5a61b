import { TroupeError } from "@troupe/core";

import type { SlabHandle } from "./slab-handle.js";
import { maxReferences, type Slots } from "./slots.js";

/** A block of a {@link SlabArena}, as its owner has it: made with one reference. */
export class SlabBlock {
  /** What a {@link SlabReader} opens; takes one reference with it. */
  readonly handle: SlabHandle;
  /** The block's memory, with what was in it before. To be written before the handle is sent, not after. */
  readonly bytes: Uint8Array;
  readonly #slots: Slots;

  constructor(handle: SlabHandle, bytes: Uint8Array, slots: Slots) {
    this.handle = handle;
    this.bytes = bytes;
    this.#slots = slots;
  }

  /** References that are held; 0 once the memory went back to the arena. */
  get references(): number {
    return this.#slots.references(this.handle.slot, this.handle.generation);
  }

  /**
   * One reference more, for one more reader.
   *
   * @throws ERR_CLOSED when there is none left, ERR_STORE_FULL when there are 4095.
   */
  retain(): void {
    const { slot, generation } = this.handle;
    if (this.#slots.retain(slot, generation)) return;
    if (this.#slots.references(slot, generation) === 0) {
      throw new TroupeError("ERR_CLOSED", "The block was released; allocate another.");
    }
    throw new TroupeError("ERR_STORE_FULL", `A block has ${maxReferences} references at most; make a copy.`);
  }

  /** One reference less: the last one gives the memory back to the arena, and {@link bytes} is not to be used. */
  release(): void {
    this.#slots.release(this.handle.slot, this.handle.generation);
  }
}
