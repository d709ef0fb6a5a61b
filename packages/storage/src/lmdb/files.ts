import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";

import { TroupeError } from "@troupe/core";

/** LMDB's data file is at least this long. */
const smallestFile = 8192;

/** Where its first page says what it is, after a page header of 24 bytes: magic number, then version. */
const magicOffset = 24;
const magicNumber = 0xbeefc0de;
const dataVersion = 2;

/** Refuses files that are none of LMDB or cannot be written: lmdb-js ends the process when it meets them. */
export function checkFiles(path: string): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) throw foreign(path, "it is no directory");
  const [data, lock] = [join(path, "data.mdb"), join(path, "lock.mdb")];
  if (!existsSync(data) || !existsSync(lock)) accessSync(path, constants.W_OK | constants.X_OK);
  if (existsSync(lock)) accessSync(lock, constants.R_OK | constants.W_OK);
  if (existsSync(data)) checkData(path, data);
}

function checkData(path: string, name: string): void {
  const head = Buffer.alloc(magicOffset + 8);
  const file = openSync(name, "r+");
  let size: number;
  try {
    size = fstatSync(file).size;
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  if (size === 0) return; // another process is about to fill it
  const read = (offset: number) =>
    endianness() === "LE" ? head.readUInt32LE(offset) : head.readUInt32BE(offset);
  const isLmdb = read(magicOffset) === magicNumber && (read(magicOffset + 4) & 0xffff) === dataVersion;
  if (size < smallestFile || !isLmdb)
    throw foreign(path, "its data.mdb is no file of LMDB, or of another version");
}

/** The error for a directory that holds something else than a store. */
export function foreign(path: string, problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `${path} is no store of Troupe: ${problem}. Name another directory.`, {
    details: { path },
  });
}
