import { TroupeError } from "@troupe/core";

import type { Definition } from "../options.js";

/** "TRPB": this memory is a replay buffer. */
const magic = 0x54525042;
/** Raised with each change of what is where. */
const version = 1;

const textAt = 16;

/** Bytes of the header of this definition. */
export function headerBytes(definition: Definition): number {
  return textAt + textOf(definition).length;
}

/** Writes magic, version and definition; the magic last, so that what has it is whole. */
export function writeHeader(buffer: ArrayBufferLike, definition: Definition): void {
  const words = new Int32Array(buffer, 0, 3);
  const text = textOf(definition);
  new Uint8Array(buffer, textAt, text.length).set(text);
  words[1] = version;
  words[2] = text.length;
  Atomics.store(words, 0, magic);
}

/** @throws ERR_PROTOCOL for memory that is no replay buffer, or one of another version. */
export function readHeader(buffer: ArrayBufferLike, name: string): Definition {
  const words = buffer.byteLength < textAt ? [0, 0, 0] : new Int32Array(buffer, 0, 3);
  const length = words[2]!;
  if (words[0] !== magic || length < 0 || textAt + length > buffer.byteLength)
    throw new TroupeError("ERR_PROTOCOL", `The segment ${name} is no replay buffer.`);
  if (words[1] !== version) {
    throw new TroupeError(
      "ERR_PROTOCOL",
      `The replay buffer ${name} is of version ${words[1]!}, this package reads version ${version}: run the same release everywhere.`,
      { details: { version: words[1]!, expected: version } },
    );
  }
  return JSON.parse(Buffer.from(buffer, textAt, length).toString()) as Definition;
}

function textOf(definition: Definition): Buffer {
  return Buffer.from(JSON.stringify(definition));
}
