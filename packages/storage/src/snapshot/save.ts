import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { uniqueId } from "@troupe/core";

import type { StoredEntry } from "../driver.js";
import { unusablePath } from "./files.js";
import { countBytes, entryHeadBytes, formatVersion, kinds, magic } from "./format.js";

/** Bytes gathered before they are written. */
const chunkBytes = 1 << 20;

/**
 * Writes entries to a file and gives how many. The file appears under its name when it is whole and on
 * the disk; until then, and when something fails, what stood there before stays.
 *
 * @throws ERR_CONFIG when the file cannot be written; what `entries` or the signal throws.
 */
export async function saveEntries(
  path: string,
  entries: AsyncIterable<StoredEntry>,
  signal?: AbortSignal,
): Promise<number> {
  const temporary = `${path}.${uniqueId()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600).catch(unusablePath(path));
    let count: number;
    try {
      count = await writeAll(new Output(file, path), entries, signal);
      await file.sync().catch(unusablePath(path));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch(unusablePath(path));
    await syncDirectory(dirname(path));
    return count;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeAll(
  output: Output,
  entries: AsyncIterable<StoredEntry>,
  signal?: AbortSignal,
): Promise<number> {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(formatVersion);
  output.add(magic);
  output.add(head);
  let count = 0;
  for await (const entry of entries) {
    signal?.throwIfAborted();
    addEntry(output, entry);
    count++;
    if (output.size >= chunkBytes) await output.flush();
  }
  signal?.throwIfAborted();
  const tail = Buffer.alloc(1 + countBytes);
  tail.writeUInt8(kinds.end);
  tail.writeBigUInt64BE(BigInt(count), 1);
  output.add(tail);
  await output.finish();
  return count;
}

function addEntry(output: Output, { key, payload, expiresAt }: StoredEntry): void {
  const name = Buffer.from(key);
  const body = typeof payload === "number" ? Buffer.alloc(8) : payload;
  if (typeof payload === "number") (body as Buffer).writeDoubleBE(payload);
  const head = Buffer.alloc(entryHeadBytes);
  head.writeUInt8(typeof payload === "number" ? kinds.number : kinds.bytes);
  head.writeUInt16BE(name.length, 1);
  head.writeUInt32BE(body.length, 3);
  head.writeDoubleBE(expiresAt ?? 0, 7);
  output.add(head);
  output.add(name);
  output.add(body);
}

/** Bytes on their way into the file, and into the digest that ends it. */
class Output {
  readonly #digest: Hash = createHash("sha256");
  #parts: Uint8Array[] = [];
  size = 0;

  constructor(
    private readonly file: FileHandle,
    private readonly path: string,
  ) {}

  add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.size += bytes.length;
  }

  async flush(): Promise<void> {
    const parts = this.#parts;
    this.#parts = [];
    this.size = 0;
    for (const part of parts) this.#digest.update(part);
    await writeWhole(this.file, Buffer.concat(parts)).catch(unusablePath(this.path));
  }

  async finish(): Promise<void> {
    await this.flush();
    await writeWhole(this.file, this.#digest.digest()).catch(unusablePath(this.path));
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}

/** Makes the new name itself durable; not every platform can. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
