import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import { TroupeError } from "@troupe/core";

import { freshFolderName, spillParent } from "./spill-parent.js";

/** An object on disk. */
export interface SpilledFile {
  readonly path: string;
  readonly byteLength: number;
  readonly checksum: number;
  /** The object itself, where the disk did not take it back. */
  readonly kept?: Uint8Array;
}

/** Bytes that are read and checked in one go, so that the event loop gets its turns between. */
const chunkBytes = 4 * 1024 * 1024;

/** Folders that are there; gone when the process ends in order. */
const folders = new Set<string>();

/**
 * A folder of this process for objects that do not fit in memory: made with the first of them, mode 0700,
 * removed when it is closed or the process ends, and swept by the next store when the process was killed.
 */
export class SpillFolder {
  readonly #parent: string | undefined;
  readonly #capacity: number;
  #folder: string | undefined;
  /** Bytes on disk. */
  usedBytes = 0;

  /** @param parent Where the folder is made; below the temporary directory when there is none. */
  constructor(parent: string | undefined, capacity: number) {
    this.#parent = parent;
    this.#capacity = capacity;
  }

  hasRoomFor(byteLength: number): boolean {
    return this.usedBytes + byteLength <= this.#capacity;
  }

  /**
   * Writes an object down, whole or not at all.
   *
   * @throws The system's error.
   */
  write(key: number, bytes: Uint8Array): SpilledFile {
    this.#folder ??= makeFolder(spillParent(this.#parent));
    const path = join(this.#folder, String(key));
    const { byteLength } = bytes;
    try {
      const checksum = writeFile(path, bytes);
      this.usedBytes += byteLength;
      return { path, byteLength, checksum };
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  }

  /** Writes an object down that was there before. What the disk does not take now stays in this process's own memory. */
  writeBack(key: number, bytes: Uint8Array): SpilledFile {
    const { byteLength } = bytes;
    try {
      if (this.hasRoomFor(byteLength)) return this.write(key, bytes);
    } catch {
      // Another program of the machine was quicker.
    }
    return { path: "", byteLength, checksum: 0, kept: bytes };
  }

  /**
   * Reads an object back and checks it.
   *
   * @throws ERR_OBJECT_LOST when the file is gone, cannot be read, or holds something else.
   */
  async read(file: SpilledFile, into: Uint8Array): Promise<void> {
    if (file.kept) return into.set(file.kept);
    let handle: FileHandle | undefined;
    try {
      handle = await open(file.path);
      if ((await readAll(handle, into)) === file.checksum) return;
    } catch (error) {
      throw lost(file, `cannot be read: ${(error as Error).message}`, error);
    } finally {
      await handle?.close();
    }
    throw lost(file, "was changed by somebody");
  }

  remove({ path, byteLength, kept }: SpilledFile): void {
    if (kept) return;
    rmSync(path, { force: true });
    this.usedBytes -= byteLength;
  }

  close(): void {
    if (this.#folder === undefined) return;
    rmSync(this.#folder, { recursive: true, force: true });
    if (folders.delete(this.#folder) && folders.size === 0) process.off("exit", removeAll);
  }
}

/** Gives the checksum. */
function writeFile(path: string, bytes: Uint8Array): number {
  const file = openSync(path, "wx", 0o600);
  try {
    let checksum = 0;
    for (let done = 0; done < bytes.byteLength;) {
      const chunk = bytes.subarray(done, done + chunkBytes);
      const written = writeSync(file, chunk);
      checksum = crc32(chunk.subarray(0, written), checksum);
      done += written;
    }
    return checksum;
  } finally {
    closeSync(file);
  }
}

/** Gives the checksum of the whole file, whose length must be the array's. */
async function readAll(handle: FileHandle, into: Uint8Array): Promise<number> {
  const { size } = await handle.stat();
  if (size !== into.byteLength) throw new Error(`it has ${size} bytes in place of ${into.byteLength}`);
  let checksum = 0;
  for (let done = 0; done < size;) {
    const chunk = into.subarray(done, done + chunkBytes);
    const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, done);
    if (bytesRead === 0) throw new Error(`it ends after ${done} bytes`);
    checksum = crc32(chunk.subarray(0, bytesRead), checksum);
    done += bytesRead;
  }
  return checksum;
}

/** Another thread of this process may take the same name. */
function makeFolder(parent: string): string {
  for (;;) {
    const folder = join(parent, freshFolderName());
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    if (folders.size === 0) process.once("exit", removeAll);
    folders.add(folder);
    return folder;
  }
}

function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

function lost({ path }: SpilledFile, why: string, cause?: unknown): TroupeError {
  return new TroupeError(
    "ERR_OBJECT_LOST",
    `The object was moved to disk, and its file ${path} ${why}; make the object again.`,
    { details: { path }, ...(cause === undefined ? {} : { cause }) },
  );
}
