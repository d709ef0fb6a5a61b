/** What an object is, as plain data: its bytes when it is small, else its key in the host's store and its length. */
export type StoredValue = readonly [bytes: Uint8Array] | readonly [key: number, byteLength: number];

/** Bytes from which an object lies in the host's store: a smaller one is copied sooner than asked for. */
export const storeFrom = 64 * 1024;

/** Bytes of what is stored. */
export function sizeOf(stored: StoredValue): number {
  return typeof stored[0] === "number" ? stored[1]! : stored[0].byteLength;
}

export function isStoredValue(value: unknown): value is StoredValue {
  if (!Array.isArray(value)) return false;
  const [first, second] = value as unknown[];
  return first instanceof Uint8Array || (typeof first === "number" && typeof second === "number");
}
