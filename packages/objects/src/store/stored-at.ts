/** Where an object's bytes are in the shared memory of a host: plain data, to be sent by any way. */
export interface StoredAt {
  /** Name of the segment. */
  readonly segment: string;
  /** Bytes from the segment's start; a multiple of the size of a page. */
  readonly offset: number;
  readonly byteLength: number;
}
