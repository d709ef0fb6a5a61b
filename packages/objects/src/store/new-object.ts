import type { StoredAt } from "./stored-at.js";
import type { StoredObject } from "./stored-object.js";

/** What `HostStore.create` gives: memory to be written, then sealed. */
export interface NewObject {
  readonly key: number;
  /** Where others find it. */
  readonly at: StoredAt;
  /** The same memory here, with what was in it before. Not to be touched once the object is sealed. */
  readonly bytes: Uint8Array;
}

export function newObject({ key, at, bytes }: StoredObject): NewObject {
  return { key, at, bytes };
}
