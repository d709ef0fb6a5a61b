import { type MessageMap, TroupeError } from "@troupe/core";

import { formatEvent, type EachMessage, type EventExpression, type EventNode } from "./event/event.js";
import { parseOrKeep } from "./event/normalize.js";
import type { EventInput, Handler } from "./event/types.js";
import type { Group } from "./group.js";

/** Options of one handler. */
export interface HandlerOptions {
  /**
   * Count senders, not messages: an event is met by messages of that many different members, and consumes
   * the oldest of each; further ones of the same sender wait. Only for events with counts. Default `false`.
   */
  readonly distinct?: boolean | undefined;
  /**
   * Messages that wait for each condition of the event, at most; further ones go to dead letters. A condition
   * that needs more to be met holds what it needs. Default: the table's.
   */
  readonly pendingLimit?: number | undefined;
}

/** A handler with its event and options, as in an array given to `HandlerTable.from`. */
export type HandlerEntry<T = unknown, M extends object = MessageMap, P extends Group = Group> = readonly [
  event: EventInput<M>,
  handler: Handler<string, T, M, P>,
  options?: HandlerOptions,
];

/**
 * Handlers by event string. With an open message map the type of each handler follows from its key `K`;
 * with a declared map keys are checked against it.
 */
export type HandlerRecord<
  T = unknown,
  M extends object = MessageMap,
  P extends Group = Group,
  K extends string = string,
> = string extends keyof M
  ? { readonly [E in K]: Handler<E, T, M, P> }
  : { readonly [E in keyof M & string]?: Handler<E, T, M, P> } & {
      readonly [E in keyof M & string as `${string}:${E}:${number}` | `${string}:${E}:${number}%`]: Handler<
        `*:${E}:1`,
        T,
        M,
        P
      >;
    } & { readonly [E in `all(${string})` | `any(${string})`]: Handler<E, T, M, P> };

/** An event and its options, checked. */
export interface CheckedEvent {
  readonly node: EventNode | EachMessage;
  readonly options: HandlerOptions;
}

/** @throws ERR_CONFIG for a malformed event or an option that it cannot have. */
export function checkEvent(event: string | EventExpression, options: HandlerOptions): CheckedEvent {
  const node = parseOrKeep(event);
  if (options.pendingLimit !== undefined) checkPendingLimit(options.pendingLimit);
  if (node.kind === "each") {
    const meaningless = options.distinct
      ? "distinct"
      : options.pendingLimit !== undefined
        ? "pendingLimit"
        : undefined;
    if (meaningless) {
      throw new TroupeError(
        "ERR_CONFIG",
        `The event "${node.type}" is a bare type, handled message by message: ${meaningless} has no meaning there. ` +
          `Give it an amount ("*:${node.type}:2") or leave the option out.`,
        { details: { event: formatEvent(node), option: meaningless } },
      );
    }
  }
  return { node, options };
}

/** @throws ERR_CONFIG unless it is a whole number from 1. */
export function checkPendingLimit(pendingLimit: number): number {
  if (Number.isSafeInteger(pendingLimit) && pendingLimit >= 1) return pendingLimit;
  throw new TroupeError(
    "ERR_CONFIG",
    `pendingLimit must be a whole number from 1, not ${String(pendingLimit)}.`,
    {
      details: { pendingLimit },
    },
  );
}
