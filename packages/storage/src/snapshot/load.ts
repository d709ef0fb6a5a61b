import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

import type { StoredEntry } from "../driver.js";
import { unusablePath } from "./files.js";
import {
  countBytes,
  digestBytes,
  entryHeadBytes,
  formatVersion,
  headBytes,
  kinds,
  magic,
  unreadable,
} from "./format.js";

/** Bytes read ahead. */
const chunkBytes = 1 << 20;

/**
 * The entries of a saved file, given only after the whole file was checked. Memory holds one entry at a
 * time, whatever the file's size.
 *
 * @throws ERR_SCHEMA, before the first entry, when the file is foreign, of another format, cut short or
 * changed; ERR_CONFIG when it cannot be read.
 */
export async function* loadEntries(path: string, signal?: AbortSignal): AsyncGenerator<StoredEntry> {
  const file = await open(path, "r").catch(unusablePath(path));
  try {
    const { size } = await file.stat();
    for await (const _ of readEntries(new Input(file, path, size, signal, createHash("sha256")))) void _;
    yield* readEntries(new Input(file, path, size, signal));
  } finally {
    await file.close();
  }
}

async function* readEntries(input: Input): AsyncGenerator<StoredEntry> {
  const head = await input.take(headBytes);
  if (!head.subarray(0, magic.length).equals(magic)) throw input.refuse("it does not begin as one");
  const version = head.readUInt32BE(magic.length);
  if (version !== formatVersion) {
    throw input.refuse(`its format is ${version}, and this version of Troupe reads ${formatVersion}`);
  }
  let count = 0;
  for (;;) {
    const kind = (await input.take(1)).readUInt8();
    if (kind === kinds.end) break;
    yield await readEntry(input, kind);
    count++;
  }
  if ((await input.take(countBytes)).readBigUInt64BE() !== BigInt(count))
    throw input.refuse("its count is wrong");
  await input.checkDigest();
}

async function readEntry(input: Input, kind: number): Promise<StoredEntry> {
  const rest = await input.take(entryHeadBytes - 1);
  const keyBytes = rest.readUInt16BE(0);
  const payloadBytes = rest.readUInt32BE(2);
  const expiry = rest.readDoubleBE(6);
  const key = (await input.take(keyBytes)).toString();
  const body = await input.take(payloadBytes);
  if (kind !== kinds.bytes && !(kind === kinds.number && body.length === 8))
    throw input.refuse(`an entry of kind ${kind}`);
  return {
    key,
    payload: kind === kinds.number ? body.readDoubleBE() : body,
    expiresAt: expiry === 0 ? undefined : expiry,
  };
}

/** Reads a file from its beginning, piece by piece. */
class Input {
  #ahead = Buffer.alloc(0);
  #position = 0;

  /** @param digest Gets all bytes up to the file's own digest, to compare with it. */
  constructor(
    private readonly file: FileHandle,
    private readonly path: string,
    private readonly size: number,
    private readonly signal: AbortSignal | undefined,
    private readonly digest?: Hash,
  ) {}

  refuse(problem: string): Error {
    return unreadable(this.path, problem);
  }

  /** The next bytes, for the caller to keep. */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.#read(length);
    this.digest?.update(bytes);
    return bytes;
  }

  async checkDigest(): Promise<void> {
    const digest = await this.#read(digestBytes);
    if (this.digest !== undefined && !this.digest.digest().equals(digest)) {
      throw this.refuse("its bytes do not match its checksum");
    }
    if (this.#ahead.length > 0 || this.#position < this.size) throw this.refuse("something follows its end");
  }

  async #read(length: number): Promise<Buffer> {
    if (this.#ahead.length < length) {
      const missing = length - this.#ahead.length;
      // A length beyond the file's end is refused before memory is taken for it.
      if (missing > this.size - this.#position) throw this.refuse("it ends too early");
      const more = Buffer.allocUnsafe(Math.min(Math.max(missing, chunkBytes), this.size - this.#position));
      await this.#fill(more);
      this.#ahead = this.#ahead.length === 0 ? more : Buffer.concat([this.#ahead, more]);
    }
    const bytes = Buffer.from(this.#ahead.subarray(0, length));
    this.#ahead = this.#ahead.subarray(length);
    return bytes;
  }

  async #fill(buffer: Buffer): Promise<void> {
    this.signal?.throwIfAborted();
    for (let done = 0; done < buffer.length;) {
      const { bytesRead } = await this.file
        .read(buffer, done, buffer.length - done, this.#position)
        .catch(unusablePath(this.path));
      if (bytesRead === 0) throw this.refuse("it ends too early");
      done += bytesRead;
      this.#position += bytesRead;
    }
  }
}
