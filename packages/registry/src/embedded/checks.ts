import { TroupeError } from "@troupe/core";

import { maxValueBytes } from "../client/limits.js";
import type { ClientFrame, Operation } from "./protocol.js";

type Check = (value: unknown) => boolean;

const maxText = 4_096;
const dayInMicroseconds = 86_400_000_000;

const text: Check = (value) => typeof value === "string" && value.length <= maxText;
const optionalText: Check = (value) => value === undefined || text(value);
const flag: Check = (value) => typeof value === "boolean";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Of the clock, so that one false number cannot use up all that come after it. */
const version: Check = (value) => count(value) && (value as number) < Date.now() * 1_000 + dayInMicroseconds;
const optionalVersion: Check = (value) => value === undefined || count(value);
const ttl: Check = (value) => typeof value === "number" && value > 0 && value <= 86_400_000;
const optionalBytes: Check = (value) =>
  value === undefined || (value instanceof Uint8Array && value.byteLength <= maxValueBytes);

const record = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const identity: Check = (value) =>
  record(value) && text(value["host"]) && count(value["pid"]) && count(value["startTime"]);
const member: Check = (value) =>
  record(value) &&
  [value["name"], value["component"], value["endpoint"], value["incarnation"]].every(text) &&
  identity(value["process"]);
const roster: Check = (value) =>
  Array.isArray(value) &&
  value.every((entry) => Array.isArray(entry) && text(entry[0]) && identity(entry[1]));

const requests: Record<Operation, readonly Check[]> = {
  join: [text, member, ttl, optionalText],
  renew: [text, text, text, ttl],
  leave: [text, text, text],
  seats: [text],
  get: [text],
  set: [text, optionalBytes, text],
  cas: [text, optionalVersion, optionalBytes, text],
};

const others: Readonly<Record<string, readonly Check[]>> = {
  hello: [count, text, identity, optionalText, roster],
  seat: [text, member, ttl, version, flag],
  gone: [text, text, text],
  key: [text, version, text, optionalBytes],
  announced: [],
  watch: [text],
  unwatch: [text],
  ping: [],
  bye: [],
};

/**
 * Takes a decoded frame for what it says it is, once its shape is right.
 *
 * @throws ERR_PROTOCOL
 */
export function clientFrame(value: unknown): ClientFrame {
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    const [first, second] = items;
    const checks =
      typeof first === "string"
        ? own(others, first)
        : count(first)
          ? own(requests, String(second))
          : undefined;
    const args = typeof first === "string" ? items.slice(1) : items.slice(2);
    if (checks?.length === args.length && checks.every((check, at) => check(args[at]))) {
      return items as unknown as ClientFrame;
    }
  }
  throw new TroupeError(
    "ERR_PROTOCOL",
    "A client of the registry sent a frame that is none of its requests; is it of another version?",
  );
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
