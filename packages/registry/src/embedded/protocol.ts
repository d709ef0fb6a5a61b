import type { ProcessIdentity } from "@troupe/core";

import type { Seat, StoredValue } from "../client/backend.js";
import type { Member } from "../registry.js";

/** Raised when a frame changes its meaning; both ends must have the same. */
export const registryProtocol = 1;

/** A client, as the others know it: its own id and its process. */
export type RosterEntry = readonly [client: string, process: ProcessIdentity];

/**
 * What a client says when it comes: who it is, and, when it was with another server before, who else was
 * there, so that the new one can wait for them.
 */
export type Hello = readonly [
  "hello",
  protocol: number,
  client: string,
  process: ProcessIdentity,
  former: string | undefined,
  roster: readonly RosterEntry[],
];

/** What a client knows, told to each server that it comes to, between its hello and `announced`. */
export type Announcement =
  | readonly ["seat", group: string, member: Member, ttl: number, order: number, own: boolean]
  | readonly ["gone", group: string, name: string, incarnation: string]
  | readonly ["key", key: string, version: number, write: string, bytes: Uint8Array | undefined]
  | readonly ["announced"];

/** Requests without an answer of their own. */
export type Notice =
  | readonly ["watch", group: string]
  | readonly ["unwatch", group: string]
  | readonly ["ping"]
  | readonly ["bye"];

/** The requests that are answered, by name: arguments and answer. */
export interface Operations {
  join: (
    group: string,
    member: Member,
    ttl: number,
    evict: string | undefined,
  ) => { readonly seat: Seat } | { readonly holder: Member };
  renew: (group: string, name: string, incarnation: string, ttl: number) => boolean;
  leave: (group: string, name: string, incarnation: string) => undefined;
  seats: (group: string) => readonly Seat[];
  get: (key: string) => KnownValue | undefined;
  set: (key: string, bytes: Uint8Array | undefined, write: string) => number;
  cas: (
    key: string,
    expected: number | undefined,
    bytes: Uint8Array | undefined,
    write: string,
  ) => number | undefined;
}

export type Operation = keyof Operations;

/** A value with the name of the write that made it, which a new server has to know too. */
export interface KnownValue extends StoredValue {
  readonly write: string;
}

export type Request = {
  readonly [O in Operation]: readonly [id: number, operation: O, ...args: Parameters<Operations[O]>];
}[Operation];

export type ClientFrame = Hello | Announcement | Notice | Request;

/** What a server tells of a group that is watched. */
export type GroupNews =
  | readonly ["view", group: string, seats: readonly Seat[]]
  | readonly [
      "change",
      group: string,
      changes: readonly (readonly ["joined", Seat] | readonly ["left", name: string, incarnation: string])[],
    ];

/** The answer to a request: a value, or the code and the message of an error. */
export type AnswerFrame = readonly [
  id: number,
  value: unknown,
  error?: readonly [code: string, message: string],
];

/** What a server says. The first is the answer to a hello. */
export type ServerFrame =
  | readonly ["welcome", server: string]
  | readonly ["refused", reason: string]
  | readonly ["roster", entries: readonly RosterEntry[]]
  | GroupNews
  | readonly ["pong"]
  | AnswerFrame;
