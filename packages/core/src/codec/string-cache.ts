/** Slots; a power of two. */
const slots = 2048;

/**
 * Reads short strings, giving back the very string that the same bytes gave before.
 *
 * Messages repeat themselves: types, names, keys. A hit costs a hash and a comparison of bytes, no
 * allocation, and engines compare and look up the shared string faster. A slot holds the last string
 * that hashed to it, so the cache has a fixed size.
 */
export class StringCache {
  readonly #strings = new Array<string>(slots).fill("");

  /** The `length` bytes of UTF-8 at `start`. */
  read(bytes: Buffer, start: number, length: number): string {
    let hash = length;
    const end = start + length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
    const slot = (hash ^ (hash >>> 15)) & (slots - 1);
    const cached = this.#strings[slot] as string;
    if (cached.length === length && sameAscii(cached, bytes, start)) return cached;
    const text = bytes.toString("utf8", start, end);
    // Text that is not ASCII has another length than its bytes, and could never be a hit.
    if (text.length === length) this.#strings[slot] = text;
    return text;
  }
}

function sameAscii(text: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
