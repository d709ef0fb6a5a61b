import { isProcessAlive, type ProcessIdentity } from "@troupe/core";
import { SlabArena, type SlabBlock } from "@troupe/shm";

/** Bytes from which a binary value goes by a slab; smaller ones are copied through the ring sooner than kept track of. */
const slabFrom = 64 * 1024;
/** Bytes of shared memory that values on their way to peers, and held by them, may take; the rest goes through rings. */
const limit = 1024 * 1024 * 1024;

/** A block on its way to a process, or held there. */
interface Lent {
  readonly block: SlabBlock;
  readonly to: ProcessIdentity;
}

/**
 * Large binary values of one process for its peers on this machine: each is copied once, into shared memory,
 * and read in place at the other end until nobody there has it any more.
 */
export class Slabs {
  #arena: SlabArena | undefined;
  readonly #blocks = new WeakMap<Uint8Array, SlabBlock>();
  /** Blocks that were never sent, for whatever reason, go back when nobody has their bytes. */
  readonly #dropped = new FinalizationRegistry<SlabBlock>((block) => block.release());
  #lent: Lent[] = [];

  /** A copy of the bytes that a ring carries as a handle; `undefined` when they are too few, or there is no room. */
  copyOf(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.byteLength < slabFrom) return undefined;
    this.#arena ??= new SlabArena({ limit });
    let block = this.#arena.allocate(bytes.byteLength);
    if (!block && this.#reclaim()) block = this.#arena.allocate(bytes.byteLength);
    if (!block) return undefined;
    block.bytes.set(bytes);
    this.#blocks.set(block.bytes, block);
    this.#dropped.register(block.bytes, block, block.bytes);
    return block.bytes;
  }

  /** The block that a frame is, if it is one. */
  blockOf(frame: Uint8Array): SlabBlock | undefined {
    return frame.byteLength < slabFrom ? undefined : this.#blocks.get(frame);
  }

  /** A frame's block was handed to a process, and its reference went along. */
  lent(frame: Uint8Array, to: ProcessIdentity): void {
    const block = this.blockOf(frame);
    if (!block) return;
    this.#blocks.delete(frame);
    this.#dropped.unregister(frame);
    this.#lent.push({ block, to });
  }

  close(): void {
    this.#arena?.close();
  }

  /** Takes back what died processes held; says whether anything was. */
  #reclaim(): boolean {
    this.#lent = this.#lent.filter(({ block }) => block.references > 0);
    const lost = this.#lent.filter(({ to }) => !isProcessAlive(to));
    for (const { block } of lost) this.#arena?.reclaim(block.handle);
    return lost.length > 0;
  }
}
