import { uniqueId } from "@troupe/core";

import type { VersionId } from "./driver.js";

/**
 * A version is its writer, unique for each process and thread, and the writer's count of versions. So a
 * write needs to read nothing to name its version, and no version comes twice, also across a delete.
 *
 * As bytes: 9 of the writer, then the count as a big-endian number of 6.
 */
export const writerBytes = 9;
export const versionBytes = writerBytes + 6;

const writer = uniqueId();
const writerCode = Buffer.from(writer, "base64url");
let count = 0;

/** The count of this process's next version; {@link versionId} names it. */
export function nextVersion(): number {
  return ++count;
}

/** The id of one of this process's versions. */
export function versionId(version: number): VersionId {
  return `${writer}.${version.toString(36)}`;
}

/** Writes one of this process's versions at `offset`. */
export function writeVersion(version: number, target: Buffer, offset: number): void {
  for (let i = 0; i < writerBytes; i++) target[offset + i] = writerCode[i] as number;
  target.writeUIntBE(version, offset + writerBytes, 6);
}

/** The id that is written at `offset`. */
export function readVersion(source: Buffer, offset: number): VersionId {
  const from = source.toString("base64url", offset, offset + writerBytes);
  return `${from}.${source.readUIntBE(offset + writerBytes, 6).toString(36)}`;
}

/** An id in bytes, `undefined` for a text that is none and so can be no key's version. */
export function versionCode(id: VersionId): Buffer | undefined {
  const match = /^([\w-]{12})\.([0-9a-z]{1,10})$/.exec(id);
  const number = parseInt(match?.[2] ?? "", 36);
  if (match === null || !(number < 2 ** 48)) return undefined;
  const code = Buffer.alloc(versionBytes);
  code.write(match[1] as string, "base64url");
  code.writeUIntBE(number, writerBytes, 6);
  return code;
}
