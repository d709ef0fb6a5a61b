/*
 * A segment of a slab arena begins with a header of words: what it is, and a slot for each block, which counts
 * the block's references. Whatever else the owner knows of its blocks is in its own heap, where no other
 * process can break it.
 *
 * A slot holds `generation << 12 | references`. The generation changes with every block, so that a release
 * that comes late, for a block that its owner took back, does not touch the next one.
 */

/** Bytes before the first block. */
export const slabHeaderBytes = 16 * 1024;
/** Blocks begin at multiples of this. */
export const blockAlignment = 64;
export const slotCount = slabHeaderBytes / 4 - 64;
export const maxReferences = 0xfff;
const maxGeneration = 0xfffff;

/** Marks what the header is of, and its version. */
const magic = 0x54534c31;
const magicWord = 0;
/** Counts the blocks that lost their last reference, so that the owner sees with one look that there are some. */
const freedWord = 16;
const firstSlotWord = 64;

/** The header of a segment, as the owner and every reader see it. */
export class Slots {
  readonly #words: Int32Array;

  /** @param buffer The segment's. */
  constructor(buffer: ArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, slabHeaderBytes / 4);
  }

  /** Marks a new segment as one of an arena. */
  mark(): void {
    Atomics.store(this.#words, magicWord, magic);
  }

  get isMarked(): boolean {
    return Atomics.load(this.#words, magicWord) === magic;
  }

  /** Changes when a block lost its last reference. */
  get freed(): number {
    return Atomics.load(this.#words, freedWord);
  }

  /** Gives the slot to a new block with one reference; its generation. */
  begin(slot: number): number {
    const generation = ((Atomics.load(this.#words, firstSlotWord + slot) >>> 12) + 1) & maxGeneration;
    Atomics.store(this.#words, firstSlotWord + slot, (generation << 12) | 1);
    return generation;
  }

  /** The block's references: none when it was taken back. */
  references(slot: number, generation: number): number {
    const word = Atomics.load(this.#words, firstSlotWord + slot);
    return word >>> 12 === generation ? word & maxReferences : 0;
  }

  /** One reference more; false when the block has none any more, or as many as can be counted. */
  retain(slot: number, generation: number): boolean {
    return this.#add(slot, generation, 1);
  }

  /** One reference less; false when the block had none. */
  release(slot: number, generation: number): boolean {
    return this.#add(slot, generation, -1);
  }

  /** Ends all references of the block. */
  clear(slot: number, generation: number): void {
    Atomics.store(this.#words, firstSlotWord + slot, generation << 12);
  }

  #add(slot: number, generation: number, change: 1 | -1): boolean {
    const at = firstSlotWord + slot;
    for (;;) {
      const word = Atomics.load(this.#words, at);
      const references = word & maxReferences;
      if (word >>> 12 !== generation || references === 0) return false;
      if (change === 1 && references === maxReferences) return false;
      if (Atomics.compareExchange(this.#words, at, word, word + change) !== word) continue;
      if (references + change === 0) Atomics.add(this.#words, freedWord, 1);
      return true;
    }
  }
}
