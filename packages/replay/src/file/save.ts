import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { uniqueId } from "@troupe/core";

import { oldestPosition } from "../memory/ends.js";
import { fence } from "../memory/fence.js";
import type { Memory } from "../memory/memory.js";
import { kindOf, stable, versionOf } from "../memory/row-state.js";
import { begunOf } from "../memory/uses.js";
import { type FileHead, magic, rowBytes, unusable } from "./format.js";

/** Bytes of rows that are copied and written at once. */
const chunkBytes = 1 << 20;

/**
 * Writes the rows that are there now to a file, and gives how many; those that are overwritten before they are
 * copied are left out. The file appears under its name when it is whole and on the disk.
 *
 * @throws ERR_CONFIG when it cannot be written.
 */
export async function saveRows(memory: Memory, path: string): Promise<number> {
  const temporary = `${path}.${uniqueId()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600).catch(unusable(path));
    let rows: number;
    try {
      rows = await writeAll(memory, file).catch(unusable(path));
      await file.sync().catch(unusable(path));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch(unusable(path));
    await syncDirectory(dirname(path));
    return rows;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function writeAll(memory: Memory, file: FileHandle): Promise<number> {
  const digest = createHash("sha256");
  const head: FileHead = {
    definition: memory.definition,
    inserts: Number(Atomics.load(memory.control.inserts, 0)),
    samples: Number(Atomics.load(memory.control.samples, 0)),
  };
  const text = Buffer.from(JSON.stringify(head));
  await write(file, digest, [magic, word(text.length), text]);
  const { slots, states } = inOrder(memory);
  const atOnce = Math.max(1, Math.floor(chunkBytes / rowBytes(memory)));
  let rows = 0;
  for (let from = 0; from < slots.length; from += atOnce) {
    const chunk = copy(memory, slots.slice(from, from + atOnce), states.slice(from, from + atOnce));
    if (chunk.rows === 0) continue;
    await write(file, digest, [word(chunk.rows), ...chunk.parts]);
    rows += chunk.rows;
  }
  await write(file, digest, [word(0)]);
  await write(file, undefined, [digest.digest()]);
  return rows;
}

/** Rows that are there, in the order of writing, and their states. */
function inOrder(memory: Memory): { slots: Int32Array; states: Int32Array } {
  const { states, order, control, trees, definition } = memory;
  let slots: number[];
  if (definition.remover.kind === "fifo") {
    const tail = Atomics.load(control.tail, 0);
    const head = Atomics.load(control.head, 0);
    const oldest = oldestPosition(memory, tail, head);
    const first = order.slot(oldest);
    const count = order.distance(oldest, head);
    slots = Array.from({ length: count }, (_, i) => (first + i) % memory.capacity);
  } else {
    slots = Array.from(states.keys());
    const age = trees.get("oldest") ?? trees.get("newest");
    if (age !== undefined) {
      const ages = Float64Array.from(slots, (slot) => age.leaf(slot));
      slots.sort((a, b) => ages[a]! - ages[b]!);
    }
  }
  const there = slots
    .map((slot) => [slot, states[slot]!] as const)
    .filter(([, state]) => kindOf(state) === stable);
  return {
    slots: Int32Array.from(there, ([slot]) => slot),
    states: Int32Array.from(there, ([, state]) => state),
  };
}

/** Copies of rows, but for those that are others by then. */
function copy(memory: Memory, slots: Int32Array, states: Int32Array): { rows: number; parts: Uint8Array[] } {
  const { columns, lengths, arrays } = memory;
  const now = memory.states;
  for (let rows = slots.length; ;) {
    const chosen = slots.subarray(0, rows);
    fence();
    const parts = columns.map((column, i) => {
      const bytes = new ArrayBuffer(rows * lengths[i]! * arrays[i]!.BYTES_PER_ELEMENT);
      column.gather(chosen, 0, rows, column.landing(bytes, rows));
      return new Uint8Array(bytes);
    });
    if (memory.hasPriorities)
      parts.push(new Uint8Array(Float64Array.from(chosen, (slot) => priorityOf(memory, slot)).buffer));
    if (memory.times.length > 0) parts.push(Uint8Array.from(chosen, (slot) => begunOf(memory.times[slot]!)));
    fence();
    let kept = 0;
    for (let i = 0; i < rows; i++) {
      if (versionOf(now[slots[i]!]!) !== versionOf(states[i]!)) continue;
      slots[kept] = slots[i]!;
      states[kept++] = states[i]!;
    }
    if (kept === rows) return { rows, parts };
    rows = kept;
  }
}

function priorityOf({ trees, definition }: Memory, slot: number): number {
  const rank = trees.get("least") ?? trees.get("greatest");
  const { sampler } = definition;
  const priority =
    rank === undefined && sampler.kind === "prioritized"
      ? sampler.alpha === 0
        ? 1
        : trees.get("weight")!.leaf(slot) ** (1 / sampler.alpha)
      : rank!.leaf(slot);
  return Number.isFinite(priority) ? priority : 1; // of a row that goes at this moment
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

async function write(file: FileHandle, digest: Hash | undefined, parts: Uint8Array[]): Promise<void> {
  const bytes = Buffer.concat(parts);
  digest?.update(bytes);
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}

/** Makes the new name itself durable; not every platform can. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
