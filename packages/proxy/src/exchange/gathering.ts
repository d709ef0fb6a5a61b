import {
  armDeadline,
  deferred,
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

/** A wait for replies. */
export interface Gathering {
  /**
   * The replies, in the order in which the messages were sent.
   *
   * Rejects with ERR_TIMEOUT naming who did not answer; the first peer's failure; ERR_PEER_LEFT;
   * ERR_PEERS_MISSING when `min` is more than all who were asked; ERR_CANCELLED.
   */
  readonly replies: Promise<Message[]>;
  /** Ends the wait with an error. */
  readonly abandon: (error: Error) => void;
}

/**
 * Waits for one reply to each of several messages. Begin before they are sent: a reply that comes earlier
 * is for the inbox.
 *
 * Without `min` every peer that lives must answer: the first failure ends the gathering. With `min`,
 * failures and departures are tolerated while so many replies are still possible; `min` reached,
 * stragglers have `grace` ms more. When the time is over, `min` replies are enough.
 */
export function gather(
  pending: PendingReplies,
  sent: readonly Sent[],
  options: GatherOptions & { readonly timeout: number },
  whenPeerLeaves: WhenPeerLeaves,
): Gathering {
  const { min, grace = 0, signal, timeout } = options;
  const result = deferred<Message[]>();
  const received = new Map<number, Message>();
  const open = new Map(sent.map(({ id, destination }) => [id, destination]));
  let graceTimer: NodeJS.Timeout | undefined;
  let disarm = () => {};
  const end = () => {
    disarm();
    clearTimeout(graceTimer);
    for (const id of open.keys()) pending.forget(id);
    open.clear();
  };
  const succeed = () => {
    end();
    result.resolve(sent.flatMap(({ id }) => received.get(id) ?? []));
  };
  const fail = (error: Error) => {
    end();
    result.reject(error);
  };
  const check = () => {
    if (min !== undefined && received.size + open.size < min) fail(tooFew(min, sent.length));
    else if (open.size === 0) succeed();
    else if (min !== undefined && received.size >= min) graceTimer ??= setTimeout(succeed, grace);
  };
  const onTimeout = () => {
    if (min !== undefined && received.size >= min) return succeed();
    const missing = [...open.values()];
    fail(
      new TroupeError("ERR_TIMEOUT", `No reply of ${listed(missing)} within ${timeout} ms.`, {
        details: { timeout, missing, received: received.size },
      }),
    );
  };
  for (const { id, destination } of sent) {
    const onReply = (message: Message) => {
      open.delete(id);
      received.set(id, message);
      check();
    };
    const onFailure = (error: Error) => {
      if (!open.delete(id)) return;
      const leftOut = whenPeerLeaves === "leave-out" && isTroupeError(error, "ERR_PEER_LEFT");
      const tolerable = min === undefined ? leftOut : received.size + open.size >= min;
      if (tolerable) check();
      else fail(error);
    };
    pending.expect(id, destination, Infinity, onReply, onFailure);
  }
  check();
  if (open.size > 0) {
    disarm = armDeadline("gathering replies", { signal, timeout }, (error) =>
      error.code === "ERR_TIMEOUT" ? onTimeout() : fail(error),
    );
  }
  return { replies: result.promise, abandon: fail };
}

function tooFew(min: number, asked: number): TroupeError {
  return new TroupeError(
    "ERR_PEERS_MISSING",
    `${min} replies are asked for as \`min\`, and only ${asked} can come. Wait for more peers, or ask for fewer.`,
    { details: { min, asked } },
  );
}

/** `"a", "b" and 3 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return names.length > 5 ? `${shown.join(", ")} and ${names.length - 5} more` : shown.join(", ");
}
