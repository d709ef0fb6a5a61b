import { TroupeError } from "@troupe/core";

import { isPlace, type Place } from "../value/stored-value.js";

type Is<T> = (value: unknown) => value is T;

/** What an object is called at a host: an object of its store by its key, a copy of a broadcast by its id. */
type ObjectName = number | string;

/** Hosts between the root of a broadcast and a host, at most; more than any tree is deep that is of use. */
const maxSources = 1024;

const isName: Is<string> = (value): value is string =>
  typeof value === "string" && value.length >= 1 && value.length <= 128;
const isCount: Is<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isLength: Is<number> = (value): value is number => isCount(value) && value > 0;
const isObject: Is<ObjectName> = (value): value is ObjectName => isCount(value) || isName(value);
const isMode: Is<number> = (value): value is number => isCount(value) && value <= 0o777;
const isPath: Is<string> = (value): value is string => typeof value === "string" && value !== "";
const isSum: Is<string> = (value): value is string => typeof value === "string" && value.length === 64;
const isSource = (value: unknown): value is { readonly host: string; readonly object: ObjectName } =>
  isRecord(value) && isName(value["host"]) && isObject(value["object"]);
const isSources = (
  value: unknown,
): value is readonly { readonly host: string; readonly object: ObjectName }[] =>
  Array.isArray(value) && value.length >= 1 && value.length <= maxSources && value.every(isSource);

const isPlaceOrNone: Is<Place | undefined> = (value): value is Place | undefined =>
  value === undefined || isPlace(value);
const isNameOrNone: Is<string | undefined> = (value): value is string | undefined =>
  value === undefined || isName(value);

/** Fields of the messages between hosts, by type; docs/protocol.md says what they mean. */
const bodies = {
  "object-open": { transfer: isName, object: isObject },
  "object-chunk": { transfer: isName, offset: isCount, length: isLength },
  "object-close": { transfer: isName },
  "copy-begin": {
    copy: isName,
    byteLength: isCount,
    sources: isSources,
    of: isPlaceOrNone,
    owner: isNameOrNone,
  },
  "copy-finish": { copy: isName },
  "copy-keep": { copy: isName },
  "copy-drop": { copy: isName },
  "file-offer": { transfer: isName, target: isPath, byteLength: isCount, mode: isMode },
  "file-digest": { transfer: isName },
  "file-withdraw": { transfer: isName },
} as const;

/** Fields of the replies to those messages whose reply has any. */
const replies = {
  "object-open": { byteLength: isCount, owner: isNameOrNone },
  "copy-finish": { key: isCount },
  "file-digest": { sha256: isSum },
} as const;

type Field<F> = F extends Is<infer T> ? T : never;
type Optional<F> = { [Name in keyof F]: undefined extends Field<F[Name]> ? Name : never }[keyof F];
type Checked<F> = { readonly [Name in Exclude<keyof F, Optional<F>>]: Field<F[Name]> } & {
  readonly [Name in Optional<F>]?: Field<F[Name]>;
};

export type TransferMessage = keyof typeof bodies;
export type BodyOf<T extends TransferMessage> = Checked<(typeof bodies)[T]>;
export type ReplyTo<T extends keyof typeof replies> = Checked<(typeof replies)[T]>;

/** Whether a message is one of those between hosts. */
export function isTransferMessage(type: string): type is TransferMessage {
  return Object.hasOwn(bodies, type);
}

/** @throws ERR_PROTOCOL for a body that is not what the type asks for. */
export function bodyOf<T extends TransferMessage>(type: T, peer: string, body: unknown): BodyOf<T> {
  return checked(bodies[type], type, peer, body) as BodyOf<T>;
}

/** @throws ERR_PROTOCOL for a reply that is not what the question asks for. */
export function replyOf<T extends keyof typeof replies>(type: T, peer: string, reply: unknown): ReplyTo<T> {
  return checked(replies[type], type, peer, reply) as ReplyTo<T>;
}

function checked(
  fields: Readonly<Record<string, Is<unknown>>>,
  type: string,
  peer: string,
  body: unknown,
): unknown {
  const wrong = Object.entries(fields).find(([name, is]) => !isRecord(body) || !is(body[name]));
  if (!wrong) return body;
  throw new TroupeError(
    "ERR_PROTOCOL",
    `"${peer}" sent a "${type}" whose "${wrong[0]}" is missing, or is not what it must be.`,
    { details: { peer, type, field: wrong[0] } },
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
