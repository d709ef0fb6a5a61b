import { Kind, type Message, type WireMessage } from "@troupe/core";
import type { Member } from "@troupe/registry";
import { z } from "zod";

/** `[0, id, type, source, destination, session, inReplyTo, body]` */
export function groupMessage(
  id: string,
  type: string,
  source: string,
  destination: string,
  session: string,
  inReplyTo: string | null,
  body: unknown,
): WireMessage {
  return [Kind.group, id, type, source, destination, session, inReplyTo, body];
}

/** The message in a wire message of kind 0, `undefined` when its fields are not what they must be. */
export function readGroupMessage(wire: WireMessage): Message | undefined {
  const [, id, type, source, destination, session, inReplyTo, body] = wire;
  if (
    typeof id !== "string" ||
    typeof type !== "string" ||
    typeof source !== "string" ||
    typeof destination !== "string" ||
    typeof session !== "string" ||
    (inReplyTo !== null && typeof inReplyTo !== "string")
  ) {
    return undefined;
  }
  return { id, type, source, destination, session, body, inReplyTo: inReplyTo ?? undefined };
}

/** `[5, id, error]`: the message `id` could not be handled. */
export function failure(id: string, error: Error): WireMessage {
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
export function helloMessage(id: string, hello: Hello): WireMessage {
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
export function creditMessage(id: string, credit: Credit): WireMessage {
  return [Kind.system, id, "credit", credit];
}

const count = z.number().min(0);
const versions = z.array(z.number()).max(64);
const member = z.object({
  name: z.string(),
  component: z.string(),
  endpoint: z.string(),
  incarnation: z.string(),
  process: z.object({ host: z.string(), pid: z.number(), startTime: z.number() }),
  meta: z.record(z.string(), z.unknown()).default({}),
});
const system = z.discriminatedUnion("op", [
  z.object({ op: z.literal("hello"), args: z.object({ versions, member, link: count }) }),
  z.object({ op: z.literal("credit"), args: z.object({ link: count, consumed: count }) }),
]);

/** A system message by its operation, `undefined` when it is unknown or not what it must be. */
export function readSystemMessage(wire: WireMessage): z.output<typeof system> | undefined {
  const result = system.safeParse({ op: wire[2], args: wire[3] });
  return result.success ? result.data : undefined;
}
