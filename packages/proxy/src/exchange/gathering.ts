import {
  armDeadline,
  cancelledError,
  isTroupeError,
  type Message,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";

import type { PendingReplies } from "./pending.js";
import type { Sent } from "./sessions.js";

/** When a gathering of replies is complete. */
export interface GatherOptions extends WaitOptions {
  /** Replies that are enough. Default: one of each peer that was asked. */
  readonly min?: number | undefined;
  /** Milliseconds to wait for stragglers once `min` replies are there. Default 0. */
  readonly grace?: number | undefined;
}

/** What a gathering does about a peer that leaves: leaves it out, or fails. */
export type WhenPeerLeaves = "leave-out" | "fail";

/**
 * Waits for one reply to each of several messages, in the order in which the messages were sent.
 *
 * Without `min` every peer that lives must answer: the first failure ends the gathering. With `min`,
 * failures and departures are tolerated while so many replies are still possible; `min` reached,
 * stragglers have `grace` ms more. When the time is over, `min` replies are enough.
 *
 * @throws ERR_TIMEOUT naming who did not answer; the first peer's failure; ERR_PEER_LEFT; ERR_CANCELLED.
 */
export function gather(
  pending: PendingReplies,
  sent: readonly Sent[],
  options: GatherOptions & { readonly timeout: number },
  whenPeerLeaves: WhenPeerLeaves,
  early: readonly Message[] = [],
): Promise<Message[]> {
  const { min, grace = 0, signal, timeout } = options;
  if (signal?.aborted) return Promise.reject(cancelledError("gathering replies", signal));
  return new Promise((resolve, reject) => {
    const replies = new Map<number, Message>();
    const open = new Map(sent.map(({ id, destination }) => [id, destination]));
    let graceTimer: NodeJS.Timeout | undefined;
    const end = () => {
      disarm();
      clearTimeout(graceTimer);
      for (const id of open.keys()) pending.forget(id);
      open.clear();
    };
    const succeed = () => {
      end();
      resolve(sent.flatMap(({ id }) => replies.get(id) ?? []));
    };
    const fail = (error: Error) => {
      end();
      reject(error);
    };
    const check = () => {
      if (open.size === 0) succeed();
      else if (min !== undefined && replies.size >= min) graceTimer ??= setTimeout(succeed, grace);
    };
    const onTimeout = () => {
      if (min !== undefined && replies.size >= min) return succeed();
      const missing = [...open.values()];
      fail(
        new TroupeError("ERR_TIMEOUT", `No reply of ${listed(missing)} within ${timeout} ms.`, {
          details: { timeout, missing, received: replies.size },
        }),
      );
    };
    const disarm = armDeadline("gathering replies", { signal, timeout }, (error) =>
      error.code === "ERR_TIMEOUT" ? onTimeout() : fail(error),
    );
    for (const { id, destination } of sent) {
      const onReply = (message: Message) => {
        open.delete(id);
        replies.set(id, message);
        check();
      };
      const onFailure = (error: Error) => {
        if (!open.delete(id)) return;
        const leftOut = whenPeerLeaves === "leave-out" && isTroupeError(error, "ERR_PEER_LEFT");
        const tolerable = min === undefined ? leftOut : replies.size + open.size >= min;
        if (tolerable) check();
        else fail(error);
      };
      pending.expect(id, destination, Infinity, onReply, onFailure);
    }
    for (const message of early) pending.settle(message.inReplyTo ?? NaN, message);
    check();
  });
}

/** `"a", "b" and 3 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return names.length > 5 ? `${shown.join(", ")} and ${names.length - 5} more` : shown.join(", ");
}
