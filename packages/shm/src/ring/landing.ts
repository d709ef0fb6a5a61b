/** Bytes of the pool that small records are cut off from. */
const poolBytes = 64 * 1024;
/** Records from this size on get an allocation of their own. */
const largeBytes = 16 * 1024;
/** Up to here a loop over words is faster than making the view that a block copy needs. */
const loopBytes = 128;

/**
 * Where records are copied to out of the ring. Small ones are cut off one after the other from a pool, since
 * an allocation for each would cost more than all else.
 */
export class Landing {
  /** What the last record was copied into. */
  buffer = Buffer.alloc(0);
  #pool = Buffer.alloc(0);
  #poolWords = new Int32Array(0);
  #used = 0;

  /**
   * Copies a piece and says where in {@link buffer} it begins, at a multiple of 8.
   *
   * @param words The same memory as `bytes`.
   * @param start In bytes, a multiple of 8.
   */
  copy(bytes: Uint8Array, words: Int32Array, start: number, length: number): number {
    if (length >= largeBytes) {
      this.buffer = Buffer.allocUnsafeSlow(length);
      this.buffer.set(bytes.subarray(start, start + length));
      return 0;
    }
    const at = this.#cut((length + 7) & ~7);
    this.buffer = this.#pool;
    if (length > loopBytes) {
      this.#pool.set(bytes.subarray(start, start + length), at);
      return at;
    }
    const poolWords = this.#poolWords;
    for (let to = at >> 2, from = start >> 2, end = (start + length + 3) >> 2; from < end; to++, from++) {
      poolWords[to] = words[from]!;
    }
    return at;
  }

  #cut(room: number): number {
    if (this.#used + room > this.#pool.length) {
      this.#pool = Buffer.allocUnsafeSlow(poolBytes);
      this.#poolWords = new Int32Array(this.#pool.buffer);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += room;
    return at;
  }
}
