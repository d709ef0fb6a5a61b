import type { HostStore } from "../store/host-store.js";
import type { ObjectReader } from "../view/object-reader.js";
import type { Filling } from "./filling.js";
import type { Loan } from "./lender.js";

/** The store's side of a transfer: where objects are, and how they are read. */
export interface Memory {
  /** Made when it is first of use. */
  readonly store: () => HostStore;
  readonly reader: ObjectReader;
}

/**
 * A sealed object, pinned for `holder` until it is released.
 *
 * @throws ERR_OBJECT_LOST, ERR_STORE_FULL when it is on disk and there is no room to read it back.
 */
export async function lendObject({ store, reader }: Memory, key: number, holder: string): Promise<Loan> {
  const from = store();
  const at = await from.pin(key, holder);
  const buffer = reader.open(at, () => from.unpin(key, holder));
  const bytes = new Uint8Array(buffer, 0, at.byteLength);
  return {
    byteLength: at.byteLength,
    range: (offset, length) => bytes.subarray(offset, offset + length),
    check: () => undefined,
    release: () => reader.release(buffer),
  };
}

/** An object that is still being received. */
export function lendFilling(filling: Filling): Loan {
  return {
    byteLength: filling.chunks.byteLength,
    range: (offset, length) => filling.range(offset, length),
    check: () => filling.check(),
    release: () => undefined,
  };
}
