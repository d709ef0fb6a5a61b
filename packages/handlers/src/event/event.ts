import { TroupeError } from "@troupe/core";

/** How many messages a condition needs: a number, or a share of the living members that match its source. */
export type Amount =
  | { readonly kind: "count"; readonly count: number }
  /** The share is `numerator / denominator`, kept as integers so that rounding up is exact. */
  | { readonly kind: "share"; readonly numerator: number; readonly denominator: number };

/** `source:type:amount`. */
export interface Condition {
  readonly kind: "condition";
  /** A component, a member's name, or `*`. */
  readonly source: string;
  readonly type: string;
  readonly amount: Amount;
}

/** A bare type at the top of an event: each message of it. */
export interface EachMessage {
  readonly kind: "each";
  readonly type: string;
}

declare const messageTypes: unique symbol;

/**
 * Events combined by {@link all} or {@link any}. Immutable, so one expression may serve many tables.
 *
 * @typeParam K The message types that it waits for.
 */
export interface EventExpression<K extends string = string> {
  readonly kind: "all" | "any";
  readonly children: readonly EventNode[];
  /** For the compiler alone: carries `K`. */
  readonly [messageTypes]?: K;
}

/** An event with counts, or a part of one. */
export type EventNode = Condition | EventExpression;

/** Combinations inside combinations, at most. */
export const maxDepth = 32;

/** Makes a combination of parsed events. */
export function combine(kind: "all" | "any", children: readonly EventNode[]): EventExpression {
  const expression: EventExpression = Object.freeze({ kind, children: Object.freeze([...children]) });
  if (children.length === 0) {
    throw new TroupeError("ERR_CONFIG", `${kind}() combines nothing; give it at least one event.`, {
      details: { event: `${kind}()` },
    });
  }
  if (depthOf(expression) > maxDepth) {
    throw new TroupeError("ERR_CONFIG", `An event is nested more than ${maxDepth} deep; flatten it.`, {
      details: { limit: maxDepth },
    });
  }
  return expression;
}

/** Every condition of an event, in the order written. */
export function* conditionsOf(node: EventNode): IterableIterator<Condition> {
  if (node.kind === "condition") yield node;
  else for (const child of node.children) yield* conditionsOf(child);
}

/** The event as one would write it, for errors and logs. */
export function formatEvent(node: EventNode | EachMessage): string {
  switch (node.kind) {
    case "each":
      return node.type;
    case "condition":
      return `${node.source}:${node.type}:${formatAmount(node.amount)}`;
    default:
      return `${node.kind}(${node.children.map(formatEvent).join(", ")})`;
  }
}

function formatAmount(amount: Amount): string {
  return amount.kind === "count" ? `${amount.count}` : `${(100 * amount.numerator) / amount.denominator}%`;
}

function depthOf(node: EventNode): number {
  return node.kind === "condition" ? 0 : 1 + Math.max(...node.children.map(depthOf));
}
