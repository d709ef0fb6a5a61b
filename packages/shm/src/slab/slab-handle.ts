/** Names a block of a {@link SlabArena} to other processes: plain data, to be sent by any way. */
export interface SlabHandle {
  /** Name of the segment. */
  readonly segment: string;
  /** Bytes from the segment's start. */
  readonly offset: number;
  readonly byteLength: number;
  /** Where its references are counted. */
  readonly slot: number;
  /** Tells the block from an earlier and a later one of the same slot. */
  readonly generation: number;
}
