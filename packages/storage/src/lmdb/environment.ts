import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { makeDirectory, TroupeError } from "@troupe/core";
import { type Database, open, type RootDatabase } from "lmdb";

import { checkFiles, foreign } from "./files.js";

/** Raised when what is in the databases changes its meaning. */
const formatVersion = 1;
const formatKey = "format";

/** The LMDB files of one store and the databases in them. */
export interface Environment {
  readonly path: string;
  readonly root: RootDatabase<Buffer, string>;
  /** Key → record. */
  readonly values: Database<Buffer, KeyOrBytes>;
  /** Moment of expiry and key → nothing; may name keys that have been given another time since. */
  readonly expiries: Database<Buffer, Buffer>;
  /** Position of a change → changes; only written while somebody watches. */
  readonly changes: Database<Buffer, Buffer>;
  /** What the processes that share the store tell each other. */
  readonly facts: Database<Buffer, string>;
}

/** A key of `values`; bytes only as the border of a range. */
export type KeyOrBytes = string | Buffer;

/**
 * Opens a directory's store, made when missing. Processes share it; so do openings in one process.
 *
 * @throws ERR_CONFIG when the directory cannot be used or holds something else.
 */
export function openEnvironment(directory: string): Environment {
  const path = resolve(directory);
  let root: RootDatabase<Buffer, string> | undefined;
  try {
    makeDirectory(path);
    checkFiles(path);
    root = open<Buffer, string>({
      path,
      noSubdir: false,
      encoding: "binary",
      maxReaders: 1024,
      // WriteQueue gathers the writes of a turn itself.
      eventTurnBatching: false,
      // A commit is then flushed after it is acknowledged, and what a killed process left unflushed counts
      // because the kernel still has it. LMDB tells that from a power cut by the boot id; without one, flush first.
      ...(hasBootId() ? {} : { overlappingSync: false }),
    });
    return openDatabases(path, root);
  } catch (error) {
    void root?.close();
    throw error instanceof TroupeError ? error : unusable(path, error);
  }
}

function openDatabases(path: string, root: RootDatabase<Buffer, string>): Environment {
  const names = [...root.getKeys()];
  const ours = names.length === 0 || names.includes("facts");
  if (!ours)
    throw foreign(path, `it is an LMDB of another program, with ${names.slice(0, 3).map(String).join(", ")}`);
  const facts = root.openDB<Buffer, string>("facts", { encoding: "binary" });
  const environment = {
    path,
    root,
    facts,
    values: root.openDB<Buffer, KeyOrBytes>("values", { encoding: "binary", ...{ keyEncoder } }),
    expiries: root.openDB<Buffer, Buffer>("expiries", { encoding: "binary", keyEncoding: "binary" }),
    changes: root.openDB<Buffer, Buffer>("changes", { encoding: "binary", keyEncoding: "binary" }),
  };
  const format = facts.get(formatKey)?.readUInt8();
  if (format === undefined) facts.putSync(formatKey, Buffer.from([formatVersion]));
  else if (format !== formatVersion) {
    throw foreign(path, `its format is ${format}, and this version of Troupe reads ${formatVersion}`);
  }
  return environment;
}

/** Keys as plain UTF-8, so that LMDB's order of bytes is that of the interface. */
const keyEncoder = {
  writeKey(key: KeyOrBytes, target: Buffer, start: number): number {
    if (typeof key !== "string") return start + key.copy(target, start);
    const length = key.length;
    for (let i = 0; i < length; i++) {
      const unit = key.charCodeAt(i);
      if (unit >= 0x80) return start + target.write(key, start);
      target[start + i] = unit;
    }
    return start + length;
  },
  readKey(source: Buffer, start: number, end: number): string {
    return source.toString("utf8", start, end);
  },
};

function hasBootId(): boolean {
  return process.platform !== "linux" || existsSync("/proc/sys/kernel/random/boot_id");
}

function unusable(path: string, cause: unknown): TroupeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TroupeError(
    "ERR_CONFIG",
    `Cannot open a store in ${path}: ${reason}. Name a directory that can be written, new or made by Troupe (${join(path, "data.mdb")}).`,
    { cause, details: { path } },
  );
}
