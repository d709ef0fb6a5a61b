import { libc } from "../libc.js";

let known: number | undefined;

/** Bytes of a page of memory: 4096 on most machines. Loads the native binding, as the first segment does. */
export function pageSize(): number {
  return (known ??= libc().getpagesize());
}
