import { TroupeError } from "@troupe/core";

import type { Member } from "../registry.js";

/** Most bytes of one encoded value. The registry is for small state. */
export const maxValueBytes = 4 * 1024 * 1024;

/** Most bytes of one encoded member: every change of a group carries members to all who watch it. */
export const maxMemberBytes = 64 * 1024;

/** Most characters of a key, and of the names of groups and members. */
const maxNameLength = 512;

/** Shorter leases would end by an ordinary pause of the garbage collector. */
const minTtl = 20;
/** A day. A third of it is still far below what a timer can wait. */
const maxTtl = 86_400_000;

/** @throws ERR_CONFIG unless it is a string of 1 to 512 characters. */
export function checkName(what: string, name: unknown): void {
  if (typeof name === "string" && name.length >= 1 && name.length <= maxNameLength) return;
  const got = typeof name === "string" ? `one of ${name.length}` : typeof name;
  throw new TroupeError(
    "ERR_CONFIG",
    `A ${what} is a string of 1 to ${maxNameLength} characters; this is ${got}.`,
  );
}

/** @throws ERR_CONFIG */
export function checkTtl(ttl: number): void {
  if (ttl >= minTtl && ttl <= maxTtl) return;
  throw new TroupeError(
    "ERR_CONFIG",
    `The ttl of a membership is between ${minTtl} and ${maxTtl} ms, not ${ttl}.`,
  );
}

/** @throws ERR_CONFIG naming the field that is missing or of a wrong type. */
export function checkMember(member: Member): void {
  checkName("member's name", member.name);
  for (const field of ["component", "endpoint", "incarnation"] as const) {
    if (typeof member[field] === "string") continue;
    throw new TroupeError("ERR_CONFIG", `A member's ${field} is a string, not ${typeof member[field]}.`);
  }
  if (!isIdentity(member.process)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A member's process is what processIdentity() of @troupe/core gives: { host, pid, startTime }.`,
    );
  }
}

/** @throws ERR_MESSAGE_TOO_LARGE */
export function checkSize(what: string, bytes: Uint8Array, limit: number): void {
  if (bytes.byteLength <= limit) return;
  throw new TroupeError(
    "ERR_MESSAGE_TOO_LARGE",
    `${what} takes ${bytes.byteLength} bytes, and the registry takes ${limit} at most; keep the data elsewhere and its address here.`,
    { details: { bytes: bytes.byteLength, limit } },
  );
}

function isIdentity(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { host, pid, startTime } = value as Record<string, unknown>;
  return typeof host === "string" && Number.isSafeInteger(pid) && typeof startTime === "number";
}
