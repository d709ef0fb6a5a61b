import { constants } from "node:buffer";

import { TroupeError } from "../errors/troupe-error.js";
import { textOf } from "../errors/text-of.js";
import { fromWireForm } from "../errors/wire-form.js";
import { extensionFor } from "./extension.js";
import { Ext, maxDepth } from "./format.js";
import { StringCache } from "./string-cache.js";
import { elementsOf, fromBytes } from "./typed-arrays.js";

/** Longest string read character by character or from the cache; above it the native reader is quicker. */
const shortString = 32;

/** Hexadecimal digits of the largest BigInt that V8 makes. */
const maxHexDigits = 2 ** 28;

/** Longest array made in its size at once: what is nested in a hostile message may each claim all that is left. */
const sizedArray = 1024;

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);

const strings = new StringCache();

/**
 * Reads MessagePack from untrusted bytes.
 *
 * Whatever the bytes say, it allocates no more than a small multiple of their length, nests no deeper
 * than {@link maxDepth}, runs no code from them, and fails with ERR_PROTOCOL only. Binary values it
 * gives are views of the bytes where they are aligned: keep the bytes unchanged.
 */
export class Decoder {
  readonly #end: number;
  #floats = 0;
  #lazyView: DataView | undefined;
  #position = 0;
  #depth = 0;

  /**
   * @param bytes What to read.
   * @param attachments Frames that typed arrays may refer to, numbered from 1; taken out once referred to.
   * @param context Told to registered extensions: where the bytes came from.
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly attachments: (Uint8Array | undefined)[] = [],
    private readonly context?: unknown,
  ) {
    this.#end = bytes.length;
  }

  /** Where the next value starts. */
  get position(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** Reads the next value. @throws ERR_PROTOCOL */
  value(): unknown {
    this.#need(1);
    const byte = this.bytes[this.#position++] as number;
    if (byte < 0x80) return byte;
    if (byte < 0x90) return this.#map(byte & 0x0f);
    if (byte < 0xa0) return this.#array(byte & 0x0f);
    if (byte < 0xc0) return this.#string(byte & 0x1f);
    if (byte >= 0xe0) return byte - 0x100;
    if (byte === 0xcb) return this.#float64();
    return this.#tagged(byte);
  }

  /** Steps over the bytes if they come next; says whether they did. */
  skip(first: number, second: number): boolean {
    const { bytes } = this;
    if (bytes[this.#position] !== first || bytes[this.#position + 1] !== second) return false;
    this.#position += 2;
    return true;
  }

  /** Goes back to where a value started. */
  rewind(position: number): void {
    this.#position = position;
  }

  /** Reads an array's header and gives its length. @throws ERR_PROTOCOL for anything else. */
  arrayHeader(): number {
    this.#need(1);
    const byte = this.bytes[this.#position++] as number;
    const length =
      byte >= 0x90 && byte < 0xa0
        ? byte & 0x0f
        : byte === 0xdc
          ? this.#uint16()
          : byte === 0xdd
            ? this.#uint32()
            : -1;
    if (length < 0) throw malformed(`an array was expected at byte ${this.#position - 1}`);
    this.#need(length);
    return length;
  }

  #tagged(byte: number): unknown {
    switch (byte) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bin(this.#uint8());
      case 0xc5:
        return this.#bin(this.#uint16());
      case 0xc6:
        return this.#bin(this.#uint32());
      case 0xc7:
        return this.#extension(this.#uint8());
      case 0xc8:
        return this.#extension(this.#uint16());
      case 0xc9:
        return this.#extension(this.#uint32());
      case 0xca:
        return this.#dataView().getFloat32(this.#advance(4));
      case 0xcb:
        return this.#float64();
      case 0xcc:
        return this.#uint8();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#dataView().getBigUint64(this.#advance(8));
      case 0xd0:
        return (this.#uint8() << 24) >> 24;
      case 0xd1:
        return (this.#uint16() << 16) >> 16;
      case 0xd2:
        return this.#uint32() | 0;
      case 0xd3:
        return this.#dataView().getBigInt64(this.#advance(8));
      case 0xd4:
        return this.#extension(1);
      case 0xd5:
        return this.#extension(2);
      case 0xd6:
        return this.#extension(4);
      case 0xd7:
        return this.#extension(8);
      case 0xd8:
        return this.#extension(16);
      case 0xd9:
        return this.#string(this.#uint8());
      case 0xda:
        return this.#string(this.#uint16());
      case 0xdb:
        return this.#string(this.#uint32());
      case 0xdc:
        return this.#array(this.#uint16());
      case 0xdd:
        return this.#array(this.#uint32());
      case 0xde:
        return this.#map(this.#uint16());
      case 0xdf:
        return this.#map(this.#uint32());
      default:
        throw malformed(`byte 0x${byte.toString(16)} starts no value`);
    }
  }

  #string(length: number): string {
    const start = this.#advance(length);
    if (length <= shortString) return strings.read(this.bytes, start, length);
    if (length > constants.MAX_STRING_LENGTH) throw malformed(`a text of ${length} bytes`);
    return this.bytes.toString("utf8", start, start + length);
  }

  #array(length: number): unknown[] {
    this.#enter(length);
    const items: unknown[] = length <= sizedArray ? new Array<unknown>(length) : [];
    for (let i = 0; i < length; i++) items[i] = this.value();
    this.#depth--;
    return items;
  }

  #map(length: number): Record<string, unknown> {
    this.#enter(length * 2);
    const result: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#key();
      const item = this.value();
      // An assignment to __proto__ would change the object's prototype.
      if (key === "__proto__") {
        Object.defineProperty(result, key, {
          value: item,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      } else result[key] = item;
    }
    this.#depth--;
    return result;
  }

  #key(): string | number {
    // Almost every key is a short text: the way through value() is long for it.
    const byte = this.bytes[this.#position] as number;
    if (byte >= 0xa0 && byte < 0xc0) {
      this.#position++;
      return this.#string(byte & 0x1f);
    }
    const key = this.value();
    if (typeof key === "string" || typeof key === "number") return key;
    throw malformed("a map's key is no string or number");
  }

  #bin(length: number): Buffer {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  #extension(length: number): unknown {
    const type = (this.#uint8() << 24) >> 24;
    const end = this.#position + length;
    this.#need(length);
    const result = this.#extended(type, length);
    if (this.#position !== end) throw malformed(`extension ${type} does not fill its ${length} bytes`);
    return result;
  }

  #extended(type: number, length: number): unknown {
    switch (type) {
      case Ext.timestamp:
        return this.#timestamp(length);
      case Ext.typedArray:
        return this.#typedArray();
      case Ext.error:
        return fromWireForm(this.#record());
      case Ext.map:
        return this.#entries();
      case Ext.set:
        return new Set(this.#array(this.arrayHeader()));
      case Ext.bigint:
        return this.#largeInteger();
      case Ext.undefined:
        this.#advance(length);
        return undefined;
      default:
        return this.#registered(type);
    }
  }

  #registered(type: number): object {
    const extension = extensionFor(type);
    if (!extension) throw malformed(`extension type ${type} is unknown`);
    const fields = this.#array(this.arrayHeader());
    try {
      return extension.fromWire(fields, this.context);
    } catch (error) {
      throw malformed(`extension type ${type}: ${textOf(() => (error as Error).message)}`, error);
    }
  }

  #timestamp(length: number): Date {
    if (length === 4) return new Date(this.#uint32() * 1000);
    if (length === 8) {
      const both = this.#dataView().getBigUint64(this.#advance(8));
      return dateOf(both & 0x3ffffffffn, Number(both >> 34n));
    }
    if (length !== 12) throw malformed(`a timestamp of ${length} bytes`);
    const nanoseconds = this.#uint32();
    return dateOf(this.#dataView().getBigInt64(this.#advance(8)), nanoseconds);
  }

  /** Read field by field: what is not exactly `[frame, dtype, shape]`, or that and bytes, makes nothing. */
  #typedArray(): ArrayBufferView | ArrayBuffer {
    const fields = this.arrayHeader();
    if (fields !== 3 && fields !== 4) throw malformed("a typed array is not [frame, dtype, shape]");
    const frame = this.#count();
    const type = this.#count();
    let elements = 1;
    for (let dimensions = this.arrayHeader(); dimensions > 0; dimensions--) elements *= this.#count();
    if ((frame === 0) !== (fields === 4))
      throw malformed("a typed array has bytes both inline and in a frame");
    const bytes = frame === 0 ? this.#inlineBytes() : this.#attachment(frame);
    const value = fromBytes(type, bytes);
    if (elementsOf(type, bytes.byteLength) !== elements)
      throw malformed(`a typed array's shape has ${elements} elements, its bytes have not`);
    return value;
  }

  #inlineBytes(): Buffer {
    const code = this.#uint8();
    if (code === 0xc4) return this.#bin(this.#uint8());
    if (code === 0xc5) return this.#bin(this.#uint16());
    if (code === 0xc6) return this.#bin(this.#uint32());
    throw malformed("a typed array without its bytes");
  }

  /** A frame's bytes, once: values that shared one would multiply its size, and see each other's writes. */
  #attachment(frame: number): Uint8Array {
    const bytes = this.attachments[frame - 1];
    if (!bytes) throw malformed(`a typed array names frame ${frame}, which is not there or is taken`);
    this.attachments[frame - 1] = undefined;
    return bytes;
  }

  #entries(): Map<unknown, unknown> {
    const length = this.arrayHeader();
    if (length % 2 !== 0) throw malformed("a Map with a key that has no value");
    const items = this.#array(length);
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    return map;
  }

  #largeInteger(): bigint {
    const match = /^(-?)([0-9a-f]+)$/.exec(this.#text());
    if (!match || (match[2] as string).length > maxHexDigits)
      throw malformed("a large integer that is no hexadecimal text");
    const magnitude = BigInt(`0x${match[2]}`);
    return match[1] ? -magnitude : magnitude;
  }

  // What an extension holds is read as the very thing that it must be: reading any value there would let
  // extensions nest without a container, and so without a limit.

  #text(): string {
    const code = this.#uint8();
    if (code >= 0xa0 && code < 0xc0) return this.#string(code & 0x1f);
    if (code === 0xd9) return this.#string(this.#uint8());
    if (code === 0xda) return this.#string(this.#uint16());
    if (code === 0xdb) return this.#string(this.#uint32());
    throw malformed("a text was expected");
  }

  #record(): Record<string, unknown> {
    const code = this.#uint8();
    if (code >= 0x80 && code < 0x90) return this.#map(code & 0x0f);
    if (code === 0xde) return this.#map(this.#uint16());
    if (code === 0xdf) return this.#map(this.#uint32());
    throw malformed("an error that is no map");
  }

  #count(): number {
    const code = this.#uint8();
    if (code < 0x80) return code;
    if (code === 0xcc) return this.#uint8();
    if (code === 0xcd) return this.#uint16();
    if (code === 0xce) return this.#uint32();
    throw malformed("a whole number of at most 32 bits was expected");
  }

  #uint8(): number {
    return this.bytes[this.#advance(1)] as number;
  }

  #uint16(): number {
    const at = this.#advance(2);
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  #uint32(): number {
    const at = this.#advance(4);
    const high = ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
    return high * 0x10000 + (((this.bytes[at + 2] as number) << 8) | (this.bytes[at + 3] as number));
  }

  #float64(): number {
    const at = this.#advance(8);
    if (this.#floats >= 8) return this.#dataView().getFloat64(at);
    this.#floats++;
    const { bytes } = this;
    scratchBytes[7] = bytes[at] as number;
    scratchBytes[6] = bytes[at + 1] as number;
    scratchBytes[5] = bytes[at + 2] as number;
    scratchBytes[4] = bytes[at + 3] as number;
    scratchBytes[3] = bytes[at + 4] as number;
    scratchBytes[2] = bytes[at + 5] as number;
    scratchBytes[1] = bytes[at + 6] as number;
    scratchBytes[0] = bytes[at + 7] as number;
    return scratch[0] as number;
  }

  /** Made when the first float or 64-bit integer comes: many small messages have none. */
  #dataView(): DataView {
    return (this.#lazyView ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength));
  }

  /** Steps over `length` bytes and gives where they start. */
  #advance(length: number): number {
    this.#need(length);
    const start = this.#position;
    this.#position = start + length;
    return start;
  }

  /** Every element takes a byte at least: a container that claims more than is left is refused before it is made. */
  #enter(items: number): void {
    this.#need(items);
    if (++this.#depth > maxDepth) throw malformed(`containers nested deeper than ${maxDepth}`);
  }

  #need(length: number): void {
    if (this.#position + length > this.#end) {
      throw malformed(`${length} bytes were expected at byte ${this.#position} of ${this.bytes.length}`);
    }
  }
}

function dateOf(seconds: bigint, nanoseconds: number): Date {
  const date = new Date(Number(seconds) * 1000 + Math.floor(nanoseconds / 1e6));
  if (nanoseconds > 999_999_999 || Number.isNaN(date.getTime())) throw malformed("a timestamp out of range");
  return date;
}

/** The error for bytes that are not what the protocol says. */
export function malformed(problem: string, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_PROTOCOL",
    `Malformed message: ${problem}.`,
    cause === undefined ? {} : { cause },
  );
}
