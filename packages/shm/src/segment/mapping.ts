import { TroupeError } from "@troupe/core";

import { type Address, libc } from "../libc.js";

const readAndWrite = 0x1 | 0x2;
const mapShared = 0x1;
const mapPrivate = 0x2;
const mapFixed = 0x10;
/** Pages are counted as memory of this process when they are written to, and not before. */
const mapNoReserve = 0x4000;
const failed = 2n ** 64n - 1n;

/** madvise(2): pages of this process are dropped; pages of the file itself are. */
const dontNeed = 4;
const remove = 9;

/** Counts a mapping's views as they are garbage collected. The mapping is held, its `ArrayBuffer`s are not. */
const dropped = new FinalizationRegistry<Mapping>((mapping) => mapping.viewDropped());

/**
 * Memory mapped into this process, and unmapped only when nothing can reach it any more: when its owner has
 * given it up and every `ArrayBuffer` over it has been garbage collected. Before that, any typed array over
 * it may still be read or written, and that would end the process.
 */
export class Mapping {
  readonly byteLength: number;
  readonly #address: Address;
  #isPrivate: boolean;
  #isMapped = true;
  #views = 0;
  #given = false;

  /**
   * @param isPrivate Whether what is written stays in this mapping.
   * @throws ERR_STORE_FULL when the process has no room for it.
   */
  constructor(file: number, byteLength: number, isPrivate = false) {
    this.#address = map(null, file, byteLength, isPrivate ? mapPrivate | mapNoReserve : mapShared);
    this.byteLength = byteLength;
    this.#isPrivate = isPrivate;
  }

  /** Whether what is written stays in this mapping. */
  get isPrivate(): boolean {
    return this.#isPrivate;
  }

  /** Maps the same file at the same addresses anew, so that what is written from now on stays in this mapping. */
  makePrivate(file: number): void {
    map(this.#address, file, this.byteLength, mapPrivate | mapNoReserve | mapFixed);
    this.#isPrivate = true;
  }

  /** Forgets what was written to a piece of a private mapping; it begins at a page's border. */
  discard(offset: number, length: number): void {
    this.#advise(offset, length, dontNeed);
  }

  /** Gives the memory of a shared mapping back to the system, whoever has it mapped. */
  erase(): void {
    this.#advise(0, this.byteLength, remove);
  }

  /** A new `ArrayBuffer` over a piece, which must lie within. */
  view(offset: number, length: number): ArrayBuffer {
    const buffer = libc().view(this.#address + BigInt(offset), length);
    keepInPlace(buffer);
    dropped.register(buffer, this);
    this.#views++;
    return buffer;
  }

  /** Nobody asks for a view any more. */
  giveUp(): void {
    this.#given = true;
    this.#unmapIfUnreachable();
  }

  /** One of the `ArrayBuffer`s was garbage collected. */
  viewDropped(): void {
    this.#views--;
    this.#unmapIfUnreachable();
  }

  #unmapIfUnreachable(): void {
    if (!this.#given || this.#views > 0) return;
    this.#isMapped = false;
    libc().munmap(this.#address, this.byteLength);
  }

  /** Nothing once it is unmapped: something else may be at these addresses by then. */
  #advise(offset: number, length: number, advice: number): void {
    if (!this.#isMapped || length === 0) return;
    if (libc().madvise(this.#address + BigInt(offset), length, advice) === 0) return;
    throw new TroupeError(
      "ERR_CONFIG",
      `The system does not give up ${length} bytes at ${offset} of shared memory (error number ${libc().errno()}).`,
    );
  }
}

function map(where: Address | null, file: number, byteLength: number, flags: number): Address {
  const address = libc().mmap(where, byteLength, readAndWrite, flags, file, 0);
  if (address !== failed && address !== -1n) return address;
  throw new TroupeError(
    "ERR_STORE_FULL",
    `The system does not map ${byteLength} bytes of shared memory into this process (error number ${libc().errno()}); raise its limits of memory and of mappings.`,
    { details: { byteLength } },
  );
}

/**
 * `transfer()`, which Node has from version 22 on, would give the memory to another `ArrayBuffer` that no
 * registry knows; `structuredClone` refuses, or copies, by itself.
 */
function keepInPlace(buffer: ArrayBuffer): void {
  if (!("transfer" in buffer)) return;
  Object.defineProperties(buffer, { transfer: { value: refuse }, transferToFixedLength: { value: refuse } });
}

function refuse(): never {
  throw new TypeError("Shared memory cannot be transferred; copy it with slice().");
}
