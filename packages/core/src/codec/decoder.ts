import { TroupeError } from "../errors/troupe-error.js";
import { fromWireForm } from "../errors/wire-form.js";
import { Ext, maxDepth } from "./format.js";
import { StringCache } from "./string-cache.js";
import { fromBytes } from "./typed-arrays.js";

/** Longest string read character by character or from the cache; above it the native reader is quicker. */
const shortString = 24;

const strings = new StringCache();

/**
 * Reads MessagePack from untrusted bytes.
 *
 * Whatever the bytes say, it allocates no more than a small multiple of their length, nests no deeper
 * than {@link maxDepth}, runs no code from them, and fails with ERR_PROTOCOL only. Binary values it
 * gives are views of the bytes where they are aligned: keep the bytes unchanged.
 */
export class Decoder {
  #view: DataView;
  #position = 0;
  #depth = 0;

  /**
   * @param bytes What to read.
   * @param attachments Frames that typed arrays may refer to, numbered from 1.
   */
  constructor(
    private readonly bytes: Buffer,
    private readonly attachments: readonly Uint8Array[] = [],
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next value starts. */
  get position(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#position >= this.bytes.length;
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
    return this.#tagged(byte);
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
        return this.#view.getFloat32(this.#advance(4));
      case 0xcb:
        return this.#view.getFloat64(this.#advance(8));
      case 0xcc:
        return this.#uint8();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#view.getBigUint64(this.#advance(8));
      case 0xd0:
        return this.#view.getInt8(this.#advance(1));
      case 0xd1:
        return this.#view.getInt16(this.#advance(2));
      case 0xd2:
        return this.#view.getInt32(this.#advance(4));
      case 0xd3:
        return this.#view.getBigInt64(this.#advance(8));
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
    return this.bytes.toString("utf8", start, start + length);
  }

  #array(length: number): unknown[] {
    this.#enter(length);
    const items: unknown[] = [];
    for (let i = 0; i < length; i++) items.push(this.value());
    this.#depth--;
    return items;
  }

  #map(length: number): Record<string, unknown> {
    this.#enter(length * 2);
    const result: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.value();
      if (typeof key !== "string" && typeof key !== "number")
        throw malformed("a map's key is no string or number");
      const item = this.value();
      // An assignment to __proto__ would change the object's prototype.
      if (key === "__proto__")
        Object.defineProperty(result, key, {
          value: item,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      else result[key] = item;
    }
    this.#depth--;
    return result;
  }

  #bin(length: number): Buffer {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  #extension(length: number): unknown {
    const type = this.#view.getInt8(this.#advance(1));
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
        throw malformed(`extension type ${type} is unknown`);
    }
  }

  #timestamp(length: number): Date {
    if (length === 4) return new Date(this.#uint32() * 1000);
    if (length === 8) {
      const both = this.#view.getBigUint64(this.#advance(8));
      return new Date(Number(both & 0x3ffffffffn) * 1000 + Number(both >> 34n) / 1e6);
    }
    if (length !== 12) throw malformed(`a timestamp of ${length} bytes`);
    const nanoseconds = this.#uint32();
    return new Date(Number(this.#view.getBigInt64(this.#advance(8))) * 1000 + nanoseconds / 1e6);
  }

  #typedArray(): ArrayBufferView | ArrayBuffer {
    const fields = this.#array(this.arrayHeader());
    const [frame, type, shape, inline] = fields;
    if (typeof frame !== "number" || typeof type !== "number" || !Array.isArray(shape)) {
      throw malformed("a typed array is not [frame, dtype, shape]");
    }
    const bytes = frame === 0 ? inline : this.attachments[frame - 1];
    if (!(bytes instanceof Uint8Array))
      throw malformed(`a typed array names frame ${frame}, which is not there`);
    return fromBytes(type, bytes);
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
    const text = this.value();
    const match = typeof text === "string" ? /^(-?)([0-9a-f]+)$/.exec(text) : null;
    if (!match) throw malformed("a large integer that is no hexadecimal text");
    const magnitude = BigInt(`0x${match[2]}`);
    return match[1] ? -magnitude : magnitude;
  }

  #record(): Record<string, unknown> {
    const value = this.value();
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw malformed("an error that is no map");
    return value as Record<string, unknown>;
  }

  #uint8(): number {
    return this.bytes[this.#advance(1)] as number;
  }

  #uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#advance(4));
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
    if (this.#position + length > this.bytes.length) {
      throw malformed(`${length} bytes were expected at byte ${this.#position} of ${this.bytes.length}`);
    }
  }
}

/** The error for bytes that are not what the protocol says. */
export function malformed(problem: string): TroupeError {
  return new TroupeError("ERR_PROTOCOL", `Malformed message: ${problem}.`);
}
