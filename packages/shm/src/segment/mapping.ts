import { TroupeError } from "@troupe/core";

import { type Address, libc } from "../libc.js";

const readAndWrite = 0x1 | 0x2;
const mapShared = 0x1;
const failed = 2n ** 64n - 1n;

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
  #views = 0;
  #given = false;

  /** @throws ERR_STORE_FULL when the process has no room for it. */
  constructor(file: number, byteLength: number) {
    const address = libc().mmap(null, byteLength, readAndWrite, mapShared, file, 0);
    if (address === failed || address === -1n) {
      throw new TroupeError(
        "ERR_STORE_FULL",
        `The system does not map ${byteLength} bytes of shared memory into this process (error number ${libc().errno()}); raise its limits of memory and of mappings.`,
        { details: { byteLength } },
      );
    }
    this.#address = address;
    this.byteLength = byteLength;
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
    if (this.#given && this.#views === 0) libc().munmap(this.#address, this.byteLength);
  }
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
