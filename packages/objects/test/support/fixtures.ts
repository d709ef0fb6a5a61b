import { readdirSync } from "node:fs";

import { pageSize } from "@troupe/shm";

import type { HostStore, ObjectReader } from "../../src/index.js";

export const page = pageSize();

/** The address of a program in `test/programs`. */
export function program(name: string): URL {
  return new URL(`../programs/${name}`, import.meta.url);
}

/** Names of the segments of a process, this one by default, that are there now. */
export function segmentsOf(pid: number = process.pid): string[] {
  return readdirSync("/dev/shm")
    .filter((file) => file.startsWith("troupe.") && file.split(".")[3] === String(pid))
    .map((file) => `/${file}`);
}

/** A sealed object of so many bytes, all of them `value`. */
export function put(store: HostStore, byteLength: number, value: number, owner = "owner"): number {
  const { key, bytes } = store.create(owner, byteLength);
  bytes.fill(value);
  store.seal(key);
  return key;
}

/** A copy of the object's bytes, as a reader sees them. */
export async function read(store: HostStore, reader: ObjectReader, key: number): Promise<Uint8Array> {
  const at = await store.pin(key, "fixture");
  const buffer = reader.open(at, () => store.unpin(key, "fixture"));
  const copy = new Uint8Array(buffer).slice();
  reader.release(buffer);
  return copy;
}
