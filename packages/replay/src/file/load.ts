import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";

import { isTroupeError } from "@troupe/core";
import { elementArrays } from "@troupe/shm";

import type { Head } from "../memory/heads.js";
import type { Memory } from "../memory/memory.js";
import { byteLengthOf, lengthOf } from "../schema/field.js";
import { Writing } from "../writing.js";
import { damaged, digestBytes, type FileHead, magic, unusable } from "./format.js";

const pieceBytes = 1 << 20;

/** A saved buffer that was found whole. */
export interface SavedRows {
  readonly head: FileHead;
  /** Where each chunk begins, and its rows. */
  readonly chunks: readonly { readonly at: number; readonly rows: number }[];
}

/**
 * Opens a saved buffer, and checks all of it before anything is made of it.
 *
 * @throws ERR_SCHEMA when it is none or is damaged, ERR_CONFIG when it cannot be read.
 */
export async function openSaved(path: string): Promise<{ file: FileHandle; saved: SavedRows }> {
  const file = await open(path, "r").catch(unusable(path));
  try {
    return { file, saved: await check(file, path) };
  } catch (error) {
    await file.close();
    return isTroupeError(error) ? Promise.reject(error) : unusable(path)(error);
  }
}

async function check(file: FileHandle, path: string): Promise<SavedRows> {
  const { size } = await file.stat();
  const end = size - digestBytes;
  const start = await read(file, 0, magic.length + 4);
  if (start.length < magic.length + 4 || !start.subarray(0, magic.length).equals(magic))
    throw damaged(path, "it does not begin as one, or is of another version");
  const digest = createHash("sha256");
  for (let at = 0; at < end; at += pieceBytes)
    digest.update(await read(file, at, Math.min(pieceBytes, end - at)));
  if (end < 0 || !digest.digest().equals(await read(file, end, digestBytes)))
    throw damaged(path, "its checksum is another, so it was cut short or changed");
  const length = start.readUInt32LE(magic.length);
  const head = JSON.parse((await read(file, start.length, length)).toString()) as FileHead;
  const chunks: { at: number; rows: number }[] = [];
  for (let at = start.length + length; ;) {
    const rows = (await read(file, at, 4)).readUInt32LE();
    at += 4;
    if (rows === 0) return { head, chunks };
    chunks.push({ at, rows });
    at += rows * bytesOfRow(head);
  }
}

/**
 * Writes the rows of a saved buffer into a new one, the last ones when it is smaller, and gives how many. The columns
 * are the same.
 */
export async function loadRows(
  file: FileHandle,
  { head: saved, chunks }: SavedRows,
  memory: Memory,
  head: Head,
): Promise<number> {
  const writing = new Writing(memory, head);
  const total = chunks.reduce((sum, { rows }) => sum + rows, 0);
  let surplus = Math.max(0, total - memory.capacity);
  for (const chunk of chunks) {
    const skipped = Math.min(surplus, chunk.rows);
    surplus -= skipped;
    if (skipped === chunk.rows) continue;
    const bytes = await read(file, chunk.at, chunk.rows * bytesOfRow(saved));
    const { columns, priorities, uses } = rowsOf(saved, bytes, chunk.rows, skipped);
    const count = chunk.rows - skipped;
    head.begin();
    writing.claim(count, "skip");
    writing.putColumns(columns, count);
    writing.publish(count, priorities, uses);
    head.add("inserted", count);
    head.end();
  }
  const { control } = memory;
  for (const word of ["inserts", "insertsBegun"] as const)
    Atomics.store(control[word], 0, BigInt(saved.inserts));
  for (const word of ["samples", "samplesBegun"] as const)
    Atomics.store(control[word], 0, BigInt(saved.samples));
  // Rows may have come and gone while it was saved, and the limits be others now: the first who waits counts anew.
  Atomics.store(control.suspect, 0, 1);
  return memory.size;
}

/** The arrays of a chunk, without its first `skipped` rows. */
function rowsOf({ definition }: FileHead, bytes: Buffer, rows: number, skipped: number) {
  let at = 0;
  const take = (Numbers: Float64ArrayConstructor, length: number) => {
    const end = at + rows * length * Numbers.BYTES_PER_ELEMENT;
    // A copy, since it may stand at any offset.
    const numbers = new Numbers(Uint8Array.from(bytes.subarray(at, end)).buffer);
    at = end;
    return numbers.subarray(skipped * length);
  };
  const columns = Object.fromEntries(
    Object.entries(definition.schema).map(([name, column]) => [
      name,
      take(elementArrays[column.type] as unknown as Float64ArrayConstructor, lengthOf(column)),
    ]),
  );
  const priorities = hasPriorities(definition) ? take(Float64Array, 1) : undefined;
  const uses =
    definition.maxTimesSampled > 0 ? take(Uint8Array as unknown as Float64ArrayConstructor, 1) : undefined;
  return { columns, priorities, uses };
}

function bytesOfRow({ definition }: FileHead): number {
  const columns = Object.values(definition.schema).reduce((sum, column) => sum + byteLengthOf(column), 0);
  return columns + (hasPriorities(definition) ? 8 : 0) + (definition.maxTimesSampled > 0 ? 1 : 0);
}

function hasPriorities({ sampler, remover }: FileHead["definition"]): boolean {
  return ["prioritized", "minHeap", "maxHeap"].some((kind) => sampler.kind === kind || remover.kind === kind);
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.max(0, length));
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
