import { TroupeError } from "@troupe/core";

import { type EachMessage, type EventExpression, type EventNode, formatEvent } from "./event.js";
import { parseEvent } from "./parse.js";

/**
 * Parses a string; gives a combination back as it is.
 *
 * @throws ERR_CONFIG for anything else, which only an untyped caller can pass.
 */
export function parseOrKeep(event: string | EventExpression): EventNode | EachMessage {
  if (typeof event === "string") return parseEvent(event);
  const { kind, children } = (event ?? {}) as Partial<EventExpression>;
  // By shape rather than by class: the expression may come from another copy of this package.
  if ((kind === "all" || kind === "any") && Array.isArray(children)) return event;
  throw new TroupeError("ERR_CONFIG", "An event must be a string, all(…) or any(…).", {
    details: { type: typeof event },
  });
}

/** An event as given, short enough for an error message. */
export function describeEvent(event: string | EventExpression): string {
  return typeof event === "string" ? JSON.stringify(event) : formatEvent(event);
}
