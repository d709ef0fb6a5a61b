import { Decoder, malformed } from "./decoder.js";
import { Encoder, Refused } from "./encoder.js";
import { defaultByteLimit } from "./format.js";
import { notSerializable } from "./not-serializable.js";

export interface EncodeOptions {
  /** Most bytes the result may have. Default 256 MiB. */
  readonly byteLimit?: number;
}

/**
 * Encodes a value as MessagePack with the extensions of docs/protocol.md: everything that structured
 * data in JavaScript is made of, typed arrays, Map, Set, Date, BigInt, `undefined` and errors included.
 *
 * Integers up to 32 bits travel as integers, other numbers as 64-bit floats, so each comes back as it was.
 *
 * @throws ERR_NOT_SERIALIZABLE naming the path to a function, symbol, class instance or cycle.
 * @throws ERR_MESSAGE_TOO_LARGE
 */
export function encode(value: unknown, options: EncodeOptions = {}): Buffer {
  const { byteLimit = defaultByteLimit } = options;
  // One encoder is enough: it never yields. Errors' fields are encoded through a nested call, though.
  const encoder = idle ?? new Encoder(false);
  idle = undefined;
  try {
    encoder.byteLimit = byteLimit;
    encoder.value(value);
    encoder.checkLimit();
    return encoder.take()[0] as Buffer;
  } catch (error) {
    encoder.rewind(0, 0);
    throw error instanceof Refused ? notSerializable(value) : error;
  } finally {
    idle = encoder;
  }
}

/**
 * Decodes one value; the bytes may come from anywhere.
 *
 * Buffers and typed arrays in it may be views of `bytes`.
 *
 * @throws ERR_PROTOCOL when the bytes are anything but one whole value.
 */
export function decode(bytes: Uint8Array): unknown {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new Decoder(buffer);
  const value = decoder.value();
  if (!decoder.atEnd) throw malformed(`${buffer.length - decoder.position} bytes follow the value`);
  return value;
}

let idle: Encoder | undefined;
