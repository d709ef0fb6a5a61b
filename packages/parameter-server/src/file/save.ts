import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

import { type PlainTensor, uniqueId } from "@troupe/core";

import type { Parameters } from "../client/parameters.js";
import { toFile } from "./safetensors.js";
import { unusable } from "./unusable.js";

/** What a file of ours says of a tag that is in it. */
export interface SavedTag {
  readonly tag: string;
  /** What the names of its tensors begin with in the file. */
  readonly prefix: string;
  readonly version: number;
  readonly id: string;
  readonly time: number;
  /** As far as JSON has it. */
  readonly info?: unknown;
}

/**
 * Writes versions of tags to a file, which appears when it is whole and on the disk.
 *
 * @param isAlone Whether names of tensors are to stay as they are.
 * @throws ERR_CONFIG when it cannot be written
 */
export async function saveFile(
  path: string,
  versions: readonly Parameters[],
  isAlone: boolean,
): Promise<void> {
  const tensors: Record<string, PlainTensor> = {};
  const tags = versions.map(({ tag, version, id, time, info, tensors: own }): SavedTag => {
    // Encoded it has no stroke, so that no prefix is the beginning of another.
    const prefix = isAlone ? "" : `${encodeURIComponent(tag)}/`;
    for (const [name, tensor] of Object.entries(own)) tensors[prefix + name] = tensor;
    return { tag, prefix, version, id, time, info };
  });
  const pieces = toFile(tensors, { format: "pt", troupe: JSON.stringify(tags) });
  const temporary = `${path}.${uniqueId()}.tmp`;
  try {
    const file = await open(temporary, "wx", 0o600).catch(unusable(path));
    try {
      for (const piece of pieces) await file.writeFile(piece).catch(unusable(path));
      await file.sync().catch(unusable(path));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch(unusable(path));
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** So that the new name is on the disk as well, where that can be had. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => undefined);
  await directory?.sync().catch(() => {});
  await directory?.close();
}
