import { combine, type EventExpression } from "./event.js";
import { parseOrKeep } from "./normalize.js";
import { asNode } from "./parse.js";
import type { TypesOf } from "./types.js";

/** A part of a combination: an event string, or another combination. */
export type EventPart = string | EventExpression;

/**
 * An event that is met when each of its parts is, and then consumes what each part needs.
 *
 * A message counts once for every part that it matches, so one message can help several parts; the handler
 * still gets it once, and never again for the same event. A bare type is one message of it, from anyone.
 *
 * @throws ERR_CONFIG for a malformed part.
 */
export function all<const E extends readonly [EventPart, ...EventPart[]]>(
  ...events: E
): EventExpression<TypesOf<E[number]>> {
  return combine(
    "all",
    events.map((event) => asNode(parseOrKeep(event))),
  ) as EventExpression<TypesOf<E[number]>>;
}

/**
 * An event that is met when one of its parts is. When several are met at once it consumes what each of
 * those needs; the parts that are not met keep their messages.
 *
 * @throws ERR_CONFIG for a malformed part.
 */
export function any<const E extends readonly [EventPart, ...EventPart[]]>(
  ...events: E
): EventExpression<TypesOf<E[number]>> {
  return combine(
    "any",
    events.map((event) => asNode(parseOrKeep(event))),
  ) as EventExpression<TypesOf<E[number]>>;
}
