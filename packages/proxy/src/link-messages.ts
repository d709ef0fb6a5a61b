import type { ProcessIdentity, WireMessage } from "@troupe/core";
import type { Member } from "@troupe/registry";

import type { Credit, Hello } from "./wire-forms.js";

/** What the two ends of a link say to each other about it. */
export type LinkMessage =
  | { readonly op: "hello"; readonly args: Hello }
  | { readonly op: "credit"; readonly args: Credit }
  | { readonly op: "bye" | "bye-heard" | "ring-switch"; readonly args: { readonly link: number } }
  | { readonly op: "ring-offer"; readonly args: { readonly link: number; readonly ring: string } }
  | { readonly op: "ring-answer"; readonly args: { readonly link: number; readonly accepted: boolean } }
  | { readonly op: "ring-bell" };

type Fields = Readonly<Record<string, unknown>>;

/** Versions that a hello may list. */
const maxVersions = 64;

/** What each must hold. Written out rather than told to a library: this is on the way of every process that starts. */
const checks: Readonly<Record<LinkMessage["op"], (args: Fields) => boolean>> = {
  hello: ({ versions, member, link }) =>
    isCount(link) &&
    Array.isArray(versions) &&
    versions.length <= maxVersions &&
    versions.every((version) => typeof version === "number") &&
    isMember(member),
  credit: ({ link, consumed }) => isCount(link) && isCount(consumed),
  bye: ({ link }) => isCount(link),
  "bye-heard": ({ link }) => isCount(link),
  "ring-offer": ({ link, ring }) => isCount(link) && typeof ring === "string",
  "ring-answer": ({ link, accepted }) => isCount(link) && typeof accepted === "boolean",
  "ring-switch": ({ link }) => isCount(link),
  "ring-bell": () => true,
};

/** Whether a system message is between the two ends of a link, and for nobody above. */
export function isAboutLink([, , op]: WireMessage): boolean {
  return typeof op === "string" && Object.hasOwn(checks, op);
}

/** A message about a link by its operation, `undefined` when it is not what it must be. */
export function readLinkMessage(wire: WireMessage): LinkMessage | undefined {
  if (!isAboutLink(wire)) return undefined;
  const op = wire[2] as LinkMessage["op"];
  const args = isRecord(wire[3]) ? wire[3] : {};
  return checks[op](args) ? ({ op, args } as LinkMessage) : undefined;
}

function isMember(value: unknown): value is Member {
  if (!isRecord(value)) return false;
  const { name, component, endpoint, incarnation, process: itsProcess, meta } = value;
  return (
    [name, component, endpoint, incarnation].every((field) => typeof field === "string") &&
    isProcess(itsProcess) &&
    (meta === undefined || isRecord(meta))
  );
}

function isProcess(value: unknown): value is ProcessIdentity {
  if (!isRecord(value)) return false;
  const { host, pid, startTime } = value;
  return typeof host === "string" && typeof pid === "number" && typeof startTime === "number";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
