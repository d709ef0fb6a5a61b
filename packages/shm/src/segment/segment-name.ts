import { createHash } from "node:crypto";
import { join } from "node:path";

import { processIdentity, TroupeError } from "@troupe/core";

import { sharedMemoryDirectory } from "../shm-problem.js";

/**
 * `/troupe.<label>.<host>.<pid>.<start time>.<n>`. Host stands for machine, boot and pid namespace: containers
 * may share `/dev/shm` while a pid means another process in each.
 */
const pattern = /^\/troupe\.[a-z0-9-]{1,40}\.([0-9a-f]{8})\.(\d{1,10})\.(\d{1,16})\.\d{1,10}$/;
const labelPattern = /^[a-z0-9-]{1,40}$/;

/** Whose a segment is, as far as its name tells. */
export interface SegmentOwner {
  readonly host: string;
  readonly pid: number;
  readonly startTime: number;
}

let nextNumber = 0;
let host: string | undefined;

/**
 * A name that this thread has not used; another thread of this process may have.
 *
 * @throws ERR_CONFIG when the label is no word of small letters, digits and dashes.
 */
export function freshName(label: string): string {
  if (!labelPattern.test(label)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A segment's label is 1 to 40 of a-z, 0-9 and -, which ${JSON.stringify(label)} is not.`,
    );
  }
  const { pid, startTime } = processIdentity();
  return `/troupe.${label}.${thisHost()}.${pid}.${startTime}.${nextNumber++}`;
}

/** Whose the segment is, or `undefined` when the text names no segment. */
export function ownerOf(name: unknown): SegmentOwner | undefined {
  const match = typeof name === "string" ? pattern.exec(name) : null;
  if (!match) return undefined;
  return { host: match[1]!, pid: Number(match[2]), startTime: Number(match[3]) };
}

/** Where the segment of this (checked) name is in the file system. */
export function pathOf(name: string): string {
  return join(sharedMemoryDirectory, name);
}

/** This machine, boot and pid namespace, in eight characters. */
export function thisHost(): string {
  return (host ??= createHash("sha256").update(processIdentity().host).digest("hex").slice(0, 8));
}
