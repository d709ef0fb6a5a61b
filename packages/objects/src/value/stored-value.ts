/** Where a large object lies: its key in a host's store, its length, and the name of the process that has the store. */
export type Place = readonly [key: number, byteLength: number, store: string];

/** What an object is, as plain data: its bytes when it is small, else its place. */
export type StoredValue = readonly [bytes: Uint8Array] | Place;

/** Bytes from which an object lies in a host's store: a smaller one is copied sooner than asked for. */
export const storeFrom = 64 * 1024;

/** Bytes of what is stored. */
export function sizeOf(stored: StoredValue): number {
  return isLarge(stored) ? stored[1] : stored[0].byteLength;
}

/** Whether a stored value is a place. */
export function isLarge(stored: StoredValue): stored is Place {
  return stored.length === 3;
}

export function isStoredValue(value: unknown): value is StoredValue {
  return isPlace(value) || (Array.isArray(value) && value[0] instanceof Uint8Array);
}

export function isPlace(value: unknown): value is Place {
  if (!Array.isArray(value)) return false;
  const [key, byteLength, store] = value as unknown[];
  return Number.isSafeInteger(key) && Number.isSafeInteger(byteLength) && typeof store === "string";
}

/** Whether a stored value is at that place; as long it is then as well. */
export function isAt(stored: StoredValue | undefined, [key, , store]: Place): boolean {
  return stored?.[0] === key && stored[2] === store;
}

/** A place as a key of a map. */
export function nameOfPlace([key, , store]: Place): string {
  return `${store}/${key}`;
}
