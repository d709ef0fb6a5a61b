import { FreeList, Segment } from "@troupe/shm";

/** Memory of one object: whole pages of a segment. */
export interface Block {
  readonly segment: StoreSegment;
  /** Bytes from the segment's start. */
  readonly offset: number;
  /** Bytes that it takes, the rest of its last page counted in. */
  readonly room: number;
}

/** One segment of a store, and which pages of it are free. */
export class StoreSegment {
  readonly segment: Segment;
  /** Whether another process made it, as one object: it is not used again, for its maker may go on with it. */
  readonly isAdopted: boolean;
  /** Of which allocation of the store it was of use last. */
  lastUse = 0;
  readonly #free: FreeList;

  private constructor(segment: Segment, isAdopted: boolean) {
    this.segment = segment;
    this.isAdopted = isAdopted;
    this.#free = new FreeList(0, segment.byteLength);
  }

  /** @throws what {@link Segment.create} throws. */
  static create(byteLength: number): StoreSegment {
    return new StoreSegment(Segment.create("store", byteLength), false);
  }

  /** @throws what {@link Segment.adopt} throws. */
  static adopt(name: string): Block {
    const segment = new StoreSegment(Segment.adopt(name, "adopted"), true);
    return segment.allocate(segment.byteLength)!;
  }

  get byteLength(): number {
    return this.segment.byteLength;
  }

  get isIdle(): boolean {
    return this.#free.isWhole;
  }

  /** The lowest pages that are free: they are warm. `undefined` when there are not so many. */
  allocate(room: number): Block | undefined {
    const offset = this.#free.take(room);
    return offset === undefined ? undefined : { segment: this, offset, room };
  }

  free({ offset, room }: Block): void {
    this.#free.give(offset, room);
  }

  /** @param isNeeded Whether somebody shows its bytes still: who has it mapped keeps them then. */
  close(isNeeded: boolean): void {
    if (isNeeded || this.isAdopted) this.segment.unlink();
    else this.segment.erase();
    this.segment.close();
  }
}
