import { Decoder, malformed } from "./decoder.js";
import { Encoder } from "./encoder.js";
import { defaultByteLimit } from "./format.js";
import { encodingFailure } from "./not-serializable.js";

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
 * Not kept: symbol keys, properties that are not enumerable, the identity of an object met twice, and
 * halves of surrogate pairs, which UTF-8 cannot hold (they become U+FFFD).
 *
 * @throws ERR_NOT_SERIALIZABLE naming the path to a function, symbol, class instance or cycle, to what is
 * nested deeper than 256 levels, or to a getter that throws (which is then the `cause`).
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
    encoder.take();
    throw encodingFailure(value, error);
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

/**
 * As {@link encode}, with binary values of 1 KiB and more left where they are: the value's own bytes first, then
 * the bytes of each of those, which share their memory with it.
 *
 * @throws as {@link encode}
 */
export function encodeFrames(value: unknown, options: EncodeOptions = {}): Uint8Array[] {
  const { byteLimit = defaultByteLimit } = options;
  const encoder = idleOutOfBand ?? new Encoder(true);
  idleOutOfBand = undefined;
  encoder.copyOf = itself;
  try {
    encoder.byteLimit = byteLimit;
    encoder.value(value);
    encoder.checkLimit();
    return encoder.take();
  } catch (error) {
    encoder.rewind(0, 0);
    encoder.take();
    throw encodingFailure(value, error);
  } finally {
    idleOutOfBand = encoder;
  }
}

/**
 * The value of what {@link encodeFrames} gave; binary values in it are views of the frames.
 *
 * @param context Told to registered extensions: where the frames came from.
 * @throws ERR_PROTOCOL when they are anything but one whole value.
 */
export function decodeFrames(frames: readonly Uint8Array[], context?: unknown): unknown {
  const [head = new Uint8Array(), ...attachments] = frames;
  const bytes = Buffer.isBuffer(head) ? head : Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const decoder = new Decoder(bytes, attachments, context);
  const value = decoder.value();
  if (!decoder.atEnd) throw malformed(`${bytes.length - decoder.position} bytes follow the value`);
  return value;
}

function itself(bytes: Uint8Array): Uint8Array {
  return bytes;
}

let idle: Encoder | undefined;
let idleOutOfBand: Encoder | undefined;
