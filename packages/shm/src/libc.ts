import { createRequire } from "node:module";

import type * as Koffi from "koffi";

/** An address in this process, as koffi gives it. */
export type Address = bigint;

/** What this package calls of the C library; the rest (opening, sizes, unlinking) is `node:fs` in `/dev/shm`. */
export interface Libc {
  mmap(
    where: Address | null,
    length: number,
    protection: number,
    flags: number,
    file: number,
    offset: number,
  ): Address;
  munmap(address: Address, length: number): number;
  madvise(address: Address, length: number, advice: number): number;
  getpagesize(): number;
  /** Gives the error number itself. */
  posixFallocate(file: number, offset: number, length: number): number;
  /** `time` is a `struct timespec`: seconds and nanoseconds, relative. */
  futexWait(word: Int32Array, operation: 0, value: number, time: BigInt64Array): number;
  futexWake(word: Int32Array, operation: 1, count: number): number;
  /** `mask` is a bit for each core, of the calling thread when `thread` is 0. 0, or -1 when that cannot be. */
  schedGetaffinity(thread: number, length: number, mask: Uint8Array): number;
  schedSetaffinity(thread: number, length: number, mask: Uint8Array): number;
  schedYield(): number;
  /** The number that the last call failed with. */
  errno(): number;
  /** An `ArrayBuffer` over memory that V8 does not own. */
  view(address: Address, length: number): ArrayBuffer;
}

/** Number of the futex system call. */
const futexCall: Partial<Record<NodeJS.Architecture, number>> = { x64: 202, arm64: 98 };

let loaded: Libc | undefined;

/**
 * The C library by way of koffi, loaded by the first call: it costs start time, and many processes never need it.
 *
 * @throws whatever loading a native module throws.
 */
export function libc(): Libc {
  return (loaded ??= load());
}

/** Whether system calls of this processor are known. */
export const knownProcessor = process.arch in futexCall;

function load(): Libc {
  const koffi = createRequire(import.meta.url)("koffi") as typeof Koffi;
  const library = koffi.load(null);
  const mmap = library.func("mmap", "void *", ["void *", "size_t", "int", "int", "int", "int64_t"]);
  const munmap = library.func("munmap", "int", ["void *", "size_t"]);
  const madvise = library.func("madvise", "int", ["void *", "size_t", "int"]);
  const getpagesize = library.func("getpagesize", "int", []);
  const fallocate = library.func("posix_fallocate", "int", ["int", "int64_t", "int64_t"]);
  const getAffinity = library.func("sched_getaffinity", "int", ["int", "size_t", "uint8_t *"]);
  const setAffinity = library.func("sched_setaffinity", "int", ["int", "size_t", "uint8_t *"]);
  const schedYield = library.func("sched_yield", "int", []);
  const wait = library.func("syscall", "long", ["long", "int32_t *", "long", "long", "int64_t *"]);
  const wake = library.func("syscall", "long", ["long", "int32_t *", "long", "long"]);
  const futex = futexCall[process.arch];
  return {
    mmap: mmap as Libc["mmap"],
    munmap: munmap as Libc["munmap"],
    madvise: madvise as Libc["madvise"],
    getpagesize: getpagesize as Libc["getpagesize"],
    posixFallocate: fallocate as Libc["posixFallocate"],
    futexWait: (word, operation, value, time) => wait(futex, word, operation, value, time) as number,
    futexWake: (word, operation, count) => wake(futex, word, operation, count) as number,
    schedGetaffinity: getAffinity as Libc["schedGetaffinity"],
    schedSetaffinity: setAffinity as Libc["schedSetaffinity"],
    schedYield: schedYield as Libc["schedYield"],
    errno: () => koffi.errno(),
    view: (address, length) => koffi.view(address, length),
  };
}
