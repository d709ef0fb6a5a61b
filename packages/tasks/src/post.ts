import type { Node } from "@troupe/cluster";
import { type ErrorCode, isTroupeError, Kind } from "@troupe/core";

const goneCodes: readonly ErrorCode[] = ["ERR_PEER_LEFT", "ERR_ACTOR_DIED", "ERR_CLOSED"];

/** Sends what nobody answers, as a system request. @throws By the promise: why it cannot be sent. */
export async function post(node: Node, to: string, op: string, messages: readonly unknown[]): Promise<void> {
  await node.transport.answer(to, [Kind.system, 0, op, messages]);
}

/** Whether nothing is wrong with what was to be sent: its receiver is gone, or this process about to be. */
export function isGone(error: unknown): boolean {
  return goneCodes.some((code) => isTroupeError(error, code));
}
