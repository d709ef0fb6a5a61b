import { toWireForm } from "../errors/wire-form.js";
import { type Destination, type Extension, extensionOf } from "./extension.js";
import { Ext, maxDepth, outOfBandBytes } from "./format.js";
import { Output } from "./output.js";
import { Refused } from "./refused.js";
import { bytesOf, dataTypeOf, elementsOf } from "./typed-arrays.js";

/** Longest string written character by character; above it the native writer is quicker (codec bench). */
const shortString = 48;

/** Writes values as MessagePack, in one pass and without a plan: what it meets it writes. */
export class Encoder extends Output {
  #depth = 0;

  /**
   * @param outOfBand Whether binary values of {@link outOfBandBytes} and more become attachments.
   * @param to Told to registered extensions: where what is written goes.
   */
  constructor(
    private readonly outOfBand: boolean,
    initialBytes = 8192,
    private readonly to?: Destination,
  ) {
    super(initialBytes);
  }

  /** Also makes it ready for the next value after one that failed. */
  override rewind(size: number, attachmentCount: number): void {
    this.#depth = 0;
    super.rewind(size, attachmentCount);
  }

  /** Writes any value. Throws {@link Refused}, or ERR_MESSAGE_TOO_LARGE once more than {@link Encoder.byteLimit} bytes are pending. */
  value(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value);
      case "number":
        return this.number(value);
      case "boolean":
        return this.#byte(value ? 0xc3 : 0xc2);
      case "undefined":
        return this.#undefined();
      case "bigint":
        return this.#bigint(value);
      case "object":
        return value === null ? this.#byte(0xc0) : this.#object(value);
      case "function":
        return this.#registered(value);
      default:
        throw new Refused();
    }
  }

  string(text: string): void {
    const length = text.length;
    if (length > shortString) return this.#utf8(text);
    this.reserve(5 + length * 3);
    const bytes = this.bytes;
    const headerAt = this.position;
    // ASCII is the rule: the header for it is written first and corrected when the text turns out wider.
    let position = headerAt + (length < 32 ? 1 : 2);
    const textAt = position;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return this.#utf8(text);
      bytes[position++] = unit;
    }
    if (length < 32) {
      bytes[headerAt] = 0xa0 | length;
    } else {
      bytes[headerAt] = 0xd9;
      bytes[textAt - 1] = length;
    }
    this.position = position;
  }

  number(value: number): void {
    this.reserve(9);
    const bytes = this.bytes;
    const position = this.position;
    if (value >>> 0 === value && !Object.is(value, -0)) {
      if (value < 0x80) {
        bytes[position] = value;
        this.position = position + 1;
      } else if (value < 0x100) {
        bytes[position] = 0xcc;
        bytes[position + 1] = value;
        this.position = position + 2;
      } else if (value < 0x10000) {
        bytes[position] = 0xcd;
        bytes[position + 1] = value >> 8;
        bytes[position + 2] = value;
        this.position = position + 3;
      } else {
        bytes[position] = 0xce;
        this.view.setUint32(position + 1, value);
        this.position = position + 5;
      }
    } else if ((value | 0) === value && value < 0) {
      if (value >= -0x20) {
        bytes[position] = value;
        this.position = position + 1;
      } else if (value >= -0x80) {
        bytes[position] = 0xd0;
        bytes[position + 1] = value;
        this.position = position + 2;
      } else if (value >= -0x8000) {
        bytes[position] = 0xd1;
        this.view.setInt16(position + 1, value);
        this.position = position + 3;
      } else {
        bytes[position] = 0xd2;
        this.view.setInt32(position + 1, value);
        this.position = position + 5;
      }
    } else {
      bytes[position] = 0xcb;
      this.view.setFloat64(position + 1, value);
      this.position = position + 9;
    }
  }

  arrayHeader(length: number): void {
    if (length < 16) this.#byte(0x90 | length);
    else this.#lengthHeader(length, 0xdc);
  }

  /** An array header of five bytes whatever the length, and where its length stands, for {@link patchUint32}. */
  openArrayHeader(): number {
    this.reserve(5);
    this.bytes[this.position] = 0xdd;
    this.view.setUint32(this.position + 1, 0);
    this.position += 5;
    return this.size - 4;
  }

  #object(value: object): void {
    if (++this.#depth > maxDepth) throw new Refused();
    if (Array.isArray(value)) {
      this.#array(value);
    } else {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) this.#plain(value as Record<string, unknown>);
      else this.#special(value);
    }
    this.#depth--;
  }

  #plain(value: Record<string, unknown>): void {
    const keys = Object.keys(value);
    this.#mapHeader(keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      this.string(key);
      this.value(value[key]);
    }
  }

  #array(value: readonly unknown[]): void {
    // Read once: a getter among the elements could change it, and the header would lie.
    const { length } = value;
    this.arrayHeader(length);
    for (let i = 0; i < length; i++) this.value(value[i]);
  }

  #special(value: object): void {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return this.#binary(value);
    if (value instanceof Map) {
      const entries = [...value];
      return this.#extension(Ext.map, () => {
        this.arrayHeader(entries.length * 2);
        for (const [key, item] of entries) {
          this.value(key);
          this.value(item);
        }
      });
    }
    if (value instanceof Set) return this.#extension(Ext.set, () => this.#array([...value]));
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Error) return this.#extension(Ext.error, () => this.#plain(toWireForm(value)));
    this.#registered(value);
  }

  #registered(value: object): void {
    const extension: Extension | undefined = extensionOf(value);
    if (!extension) throw new Refused();
    const fields = extension.toWire(value, this.to);
    this.#extension(extension.type, () => this.#array(fields));
  }

  #binary(value: ArrayBufferView | ArrayBuffer): void {
    const type = dataTypeOf(value);
    if (type === undefined) throw new Refused();
    const bytes = bytesOf(value);
    const length = bytes.byteLength;
    this.requireRoom(length);
    if (this.outOfBand && length >= outOfBandBytes) {
      return this.#typedArray(type, length, this.attach(bytes), undefined);
    }
    if (type === 0) return this.#bin(bytes);
    this.#typedArray(type, length, 0, bytes);
  }

  /** `[frame, dtype, shape]`, and for frame 0 the bytes themselves as a fourth element. */
  #typedArray(type: number, byteLength: number, frame: number, inline: Uint8Array | undefined): void {
    this.#extension(Ext.typedArray, () => {
      this.arrayHeader(inline === undefined ? 3 : 4);
      this.number(frame);
      this.number(type);
      this.arrayHeader(1);
      this.number(elementsOf(type, byteLength));
      if (inline !== undefined) this.#bin(inline);
    });
  }

  #bin(bytes: Uint8Array): void {
    const length = bytes.byteLength;
    if (length < 0x100) this.#shortHeader(length, 0xc4);
    else this.#lengthHeader(length, 0xc5);
    this.reserve(length);
    this.bytes.set(bytes, this.position);
    this.position += length;
  }

  /** MessagePack's timestamp: seconds alone where they say it all, else nanoseconds and 64-bit seconds. */
  #date(value: Date): void {
    const time = value.getTime();
    if (Number.isNaN(time)) throw new Refused();
    const seconds = Math.floor(time / 1000);
    const nanoseconds = (time - seconds * 1000) * 1e6;
    this.reserve(15);
    if (nanoseconds === 0 && seconds >= 0 && seconds < 2 ** 32) {
      this.bytes[this.position] = 0xd6;
      this.bytes[this.position + 1] = Ext.timestamp;
      this.view.setUint32(this.position + 2, seconds);
      this.position += 6;
    } else if (seconds >= 0 && seconds < 2 ** 34) {
      this.bytes[this.position] = 0xd7;
      this.bytes[this.position + 1] = Ext.timestamp;
      this.view.setBigUint64(this.position + 2, (BigInt(nanoseconds) << 34n) | BigInt(seconds));
      this.position += 10;
    } else {
      this.bytes[this.position] = 0xc7;
      this.bytes[this.position + 1] = 12;
      this.bytes[this.position + 2] = Ext.timestamp;
      this.view.setUint32(this.position + 3, nanoseconds);
      this.view.setBigInt64(this.position + 7, BigInt(seconds));
      this.position += 15;
    }
  }

  #bigint(value: bigint): void {
    this.reserve(9);
    if (value >= -(2n ** 63n) && value < 2n ** 63n) {
      this.bytes[this.position] = 0xd3;
      this.view.setBigInt64(this.position + 1, value);
      this.position += 9;
    } else if (value >= 0 && value < 2n ** 64n) {
      this.bytes[this.position] = 0xcf;
      this.view.setBigUint64(this.position + 1, value);
      this.position += 9;
    } else {
      this.#extension(Ext.bigint, () => this.string(value.toString(16)));
    }
  }

  #undefined(): void {
    this.reserve(3);
    this.bytes[this.position] = 0xd4;
    this.bytes[this.position + 1] = Ext.undefined;
    this.bytes[this.position + 2] = 0;
    this.position += 3;
  }

  /** An extension whose payload is MessagePack again, in the shortest header that holds it. */
  #extension(type: number, payload: () => void): void {
    this.reserve(6);
    const headerAt = this.position - this.start;
    this.position += 3;
    payload();
    const payloadAt = this.start + headerAt + 3;
    const length = this.position - payloadAt;
    let at = this.start + headerAt;
    const wider = length < 0x100 ? 0 : length < 0x10000 ? 1 : 3;
    if (wider > 0) {
      this.reserve(wider);
      at = this.start + headerAt;
      this.bytes.copyWithin(at + 3 + wider, at + 3, at + 3 + length);
      this.position += wider;
    }
    this.bytes[at] = wider === 0 ? 0xc7 : wider === 1 ? 0xc8 : 0xc9;
    if (wider === 0) this.bytes[at + 1] = length;
    else if (wider === 1) this.view.setUint16(at + 1, length);
    else this.view.setUint32(at + 1, length);
    this.bytes[at + 2 + wider] = type;
  }

  #mapHeader(length: number): void {
    if (length < 16) this.#byte(0x80 | length);
    else this.#lengthHeader(length, 0xde);
  }

  /** A string that is long or not ASCII, written by the native encoder. */
  #utf8(text: string): void {
    const units = text.length;
    this.requireRoom(units);
    // Measuring takes twice as long as writing (codec bench), so ASCII is assumed first. A text that is not
    // takes more bytes than it has units; four of them to spare let the native writer show one more at least.
    this.reserve(units + 9);
    const textAt = this.position + (units < 32 ? 1 : units < 0x100 ? 2 : units < 0x10000 ? 3 : 5);
    if (this.bytes.write(text, textAt, units + 4, "utf8") === units) {
      this.#stringHeader(units);
      this.position += units;
      return;
    }
    const length = Buffer.byteLength(text);
    this.requireRoom(length);
    this.#stringHeader(length);
    this.reserve(length);
    this.position += this.bytes.write(text, this.position, length, "utf8");
  }

  #stringHeader(length: number): void {
    if (length < 32) this.#byte(0xa0 | length);
    else if (length < 0x100) this.#shortHeader(length, 0xd9);
    else this.#lengthHeader(length, 0xda);
  }

  #shortHeader(length: number, code: number): void {
    this.reserve(2);
    this.bytes[this.position] = code;
    this.bytes[this.position + 1] = length;
    this.position += 2;
  }

  /** A length of 16 bits behind `code16`, or of 32 behind the code after it. */
  #lengthHeader(length: number, code16: number): void {
    this.reserve(5);
    if (length < 0x10000) {
      this.bytes[this.position] = code16;
      this.view.setUint16(this.position + 1, length);
      this.position += 3;
    } else {
      this.bytes[this.position] = code16 + 1;
      this.view.setUint32(this.position + 1, length);
      this.position += 5;
    }
  }

  #byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.position++] = byte;
  }
}
