import { TroupeError } from "@troupe/core";

/** Longest key, in bytes of UTF-8. LMDB's own limit is 1978. */
const keyLimit = 1024;

/** @throws ERR_CONFIG for a key that is no string, empty, longer than 1 KiB in UTF-8, or no valid text. */
export function checkKey(key: string): void {
  if (typeof key === "string" && key.length > 0 && key.length <= keyLimit && isAscii(key)) return;
  checkWideKey(key);
}

/** @throws ERR_CONFIG for a prefix that no key can have. Every key has the empty one. */
export function checkPrefix(prefix: string): void {
  if (prefix !== "") checkKey(prefix);
}

/** Order of two keys' UTF-8 bytes, which differs from that of `<` where a surrogate meets U+E000 and above. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byteOrder(x) - byteOrder(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all that a single unit can be. */
function byteOrder(unit: number): number {
  return isSurrogate(unit) ? unit + 0x10000 : unit;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return false;
  }
  return true;
}

function checkWideKey(key: unknown): void {
  if (typeof key !== "string") {
    throw new TroupeError(
      "ERR_CONFIG",
      `A storage key must be a string, not ${key === null ? "null" : typeof key}.`,
    );
  }
  if (key.length === 0) throw new TroupeError("ERR_CONFIG", "A storage key must not be empty.");
  const bytes = Buffer.byteLength(key);
  if (bytes > keyLimit) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A storage key must have ${keyLimit} bytes of UTF-8 at most, not ${bytes}: ${JSON.stringify(key.slice(0, 32))}….`,
      { details: { bytes, limit: keyLimit } },
    );
  }
  // A lone surrogate has no UTF-8: two such keys would become one.
  if (/\p{Surrogate}/u.test(key)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A storage key must be valid text, without lone surrogates: ${JSON.stringify(key)}.`,
    );
  }
}
