import { type GroupFields, Kind, type Message, type WireMessage } from "@troupe/core";
import type { Member } from "@troupe/registry";

/** Set on a message once it was replied to, rejected or forwarded. */
export const answered = Symbol("answered");

/** Set on a message that came with a session of its own, which the answer to it names too. */
export const namedSession = Symbol("namedSession");

/** A message as it is handed out. The mark is on it, because a WeakSet of all messages weighs on the collector. */
export interface Received extends Message {
  [answered]?: boolean;
  [namedSession]?: boolean;
}

/** The fields of a message on the wire; `undefined` stands for what goes without saying. */
export interface Envelope {
  readonly id: number;
  readonly type: string;
  /** Default: the member whose packet it is in. */
  readonly source?: string | undefined;
  /** Default: the id that it answers, or else its own, behind the name of the member that opened the exchange. */
  readonly session?: string | undefined;
  readonly inReplyTo?: number | undefined;
  readonly body: unknown;
}

/** `[0, id, type, source, destination, session, inReplyTo, body]`, nil for what goes without saying. */
export function groupMessage({ id, type, source, session, inReplyTo, body }: Envelope): WireMessage {
  return [Kind.group, id, type, source ?? null, null, session ?? null, inReplyTo ?? null, body];
}

/** The session of a message that names none: of a request, or of the answer to it. */
export function defaultSession(opener: string, id: number): string {
  return `${opener}.${id}`;
}

/**
 * The message that a packet's fields make.
 *
 * @param sender Name of the member whose packet it came in.
 * @param receiver Our own name.
 */
export function received(fields: GroupFields, sender: string, receiver: string): Received {
  const { id, type, source, destination, session, inReplyTo, body } = fields;
  const from = source ?? sender;
  const message: Received = {
    id,
    type,
    source: from,
    destination: destination ?? receiver,
    session: session ?? (inReplyTo === null ? defaultSession(from, id) : defaultSession(receiver, inReplyTo)),
    body,
    inReplyTo: inReplyTo ?? undefined,
  };
  if (session !== null) message[namedSession] = true;
  return message;
}

/** `[5, id, error]`: the message `id` could not be handled. */
export function failure(id: number, error: Error): WireMessage {
  return [Kind.error, id, error];
}

/** What a peer says of itself, first on every link. */
export interface Hello {
  /** Protocol versions that the peer speaks. */
  readonly versions: readonly number[];
  readonly member: Member;
  /** Tells this link from the peer's earlier ones to here. */
  readonly link: number;
}

/** `[11, id, "hello", { versions, member, link }]` */
export function helloMessage(id: number, hello: Hello): WireMessage {
  return [Kind.system, id, "hello", hello];
}

/** How far a peer's messages have been consumed. */
export interface Credit {
  /** The link that is meant, as numbered in its hello. */
  readonly link: number;
  /** Bytes of packets consumed since that hello. A total, so that a lost message does not matter. */
  readonly consumed: number;
}

/** `[11, id, "credit", { link, consumed }]` */
export function creditMessage(id: number, credit: Credit): WireMessage {
  return [Kind.system, id, "credit", credit];
}

/** `[11, id, "bye", { link }]`: the last message of a link whose member closes. Answered by {@link byeHeardMessage}. */
export function byeMessage(id: number, link: number): WireMessage {
  return [Kind.system, id, "bye", { link }];
}

/** `[11, id, "bye-heard", { link }]`: all that was sent on that link has been read. */
export function byeHeardMessage(id: number, link: number): WireMessage {
  return [Kind.system, id, "bye-heard", { link }];
}

/** `[11, id, "ring-offer", { link, ring }]`: a segment that holds a ring, for what is sent on that link. */
export function ringOfferMessage(id: number, link: number, ring: string): WireMessage {
  return [Kind.system, id, "ring-offer", { link, ring }];
}

/** `[11, id, "ring-answer", { link, accepted }]`: whether the ring that was offered is open at this end. */
export function ringAnswerMessage(id: number, link: number, accepted: boolean): WireMessage {
  return [Kind.system, id, "ring-answer", { link, accepted }];
}

/** `[11, id, "ring-switch", { link }]`: the last that comes by the socket; what follows is in the ring. */
export function ringSwitchMessage(id: number, link: number): WireMessage {
  return [Kind.system, id, "ring-switch", { link }];
}

/** `[11, id, "ring-bell"]`, by the socket: something is in a ring whose reader sleeps. */
export function ringBellMessage(id: number): WireMessage {
  return [Kind.system, id, "ring-bell"];
}

/** Whether a message of a kind other than group takes credit of its receiver: what may have to wait there. */
export function isMetered(kind: number): boolean {
  return kind === Kind.call || kind === Kind.tell || kind === Kind.batch || kind === Kind.property;
}
