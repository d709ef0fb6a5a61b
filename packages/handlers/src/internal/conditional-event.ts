import { type Message, TroupeError } from "@troupe/core";

import {
  type Amount,
  type Condition,
  type EventExpression,
  type EventNode,
  formatEvent,
} from "../event/event.js";
import type { Group } from "../group.js";
import { type Arrival, type Backlog, MessageBacklog, SenderBacklog } from "./backlog.js";
import { livingMembers, type Membership } from "./membership.js";

/** How an event with counts keeps its messages. */
export interface ConditionalEventOptions {
  /** Count senders rather than messages. */
  readonly distinct: boolean;
  /** Messages that each condition holds, unless it needs more to be met. */
  readonly pendingLimit: number;
}

/** What became of a message offered to an event. */
export type Offer = "taken" | "not-matched" | "backlog-full";

/** A condition with the messages it holds, or a combination of them. */
type LiveNode = LiveCondition | LiveCombination;

interface LiveCondition {
  readonly kind: "condition";
  readonly condition: Condition;
  readonly backlog: Backlog;
}

interface LiveCombination {
  readonly kind: EventExpression["kind"];
  readonly children: readonly LiveNode[];
}

/**
 * An event with counts and the messages that wait for it.
 *
 * Invariants, which the reference model in the tests states in the plainest form: a message is handed over
 * at most once by an event; what is handed over is exactly what its met conditions needed, each taking
 * the oldest it holds; all else waits.
 */
export class ConditionalEvent {
  readonly text: string;
  /** Whether its needs change with the membership. */
  readonly followsMembership: boolean;
  readonly #root: LiveNode;
  readonly #options: ConditionalEventOptions;
  readonly #byType = new Map<string, LiveCondition[]>();
  #pending = 0;
  #nextOrder = 0;

  /** @throws ERR_CONFIG when a condition needs more messages than the limit lets it hold. */
  constructor(node: EventNode, options: ConditionalEventOptions) {
    this.text = formatEvent(node);
    this.#options = options;
    this.#root = this.#grow(node);
    this.followsMembership = [...this.#byType.values()]
      .flat()
      .some(({ condition }) => condition.amount.kind === "share");
  }

  /** The message types that it waits for, each once. */
  get types(): Iterable<string> {
    return this.#byType.keys();
  }

  /** Messages that wait here, each counted once. */
  get pending(): number {
    return this.#pending;
  }

  /** Counts the message towards each condition that it matches. */
  offer(message: Message, membership: Membership, group: Group): Offer {
    const arrival: Arrival = { message, source: message.source, order: this.#nextOrder, heldBy: [] };
    let offer: Offer = "not-matched";
    for (const { condition, backlog } of this.#byType.get(message.type) ?? []) {
      if (!isFrom(condition.source, message.source, membership, group)) continue;
      offer = "backlog-full";
      // A full condition still takes what brings it nearer to its need: refusing that could leave the
      // event waiting for ever for a message which it turns away.
      const open =
        backlog.size < this.#options.pendingLimit ||
        (backlog.advances(message.source) && backlog.progress < needOf(condition, group));
      if (open) arrival.heldBy.push(backlog);
    }
    if (arrival.heldBy.length === 0) return offer;
    for (const backlog of arrival.heldBy) backlog.add(arrival);
    this.#nextOrder++;
    this.#pending++;
    return "taken";
  }

  /** When the event is met now: consumes what it needs and gives it, in order of arrival. */
  take(group: Group): Message[] | undefined {
    if (this.#pending === 0 || !isMet(this.#root, group)) return undefined;
    const selected = new Set<Arrival>();
    select(this.#root, group, selected);
    const arrivals = [...selected].sort((a, b) => a.order - b.order);
    const messages: Message[] = [];
    for (const arrival of arrivals) {
      if (arrival.message) messages.push(arrival.message);
      arrival.message = undefined;
      for (const backlog of arrival.heldBy) backlog.onConsumed(arrival);
    }
    this.#pending -= arrivals.length;
    return messages;
  }

  #grow(node: EventNode): LiveNode {
    if (node.kind !== "condition") {
      return { kind: node.kind, children: node.children.map((child) => this.#grow(child)) };
    }
    const { distinct, pendingLimit } = this.#options;
    if (node.amount.kind === "count" && node.amount.count > pendingLimit) {
      throw new TroupeError(
        "ERR_CONFIG",
        `The event ${this.text} needs ${node.amount.count} messages but may hold ${pendingLimit}; ` +
          "lower the amount or raise pendingLimit.",
        { details: { event: this.text, pendingLimit } },
      );
    }
    const live: LiveCondition = {
      kind: "condition",
      condition: node,
      backlog: distinct ? new SenderBacklog() : new MessageBacklog(),
    };
    const ofType = this.#byType.get(node.type);
    if (ofType) ofType.push(live);
    else this.#byType.set(node.type, [live]);
    return live;
  }
}

function isFrom(source: string, sender: string, membership: Membership, group: Group): boolean {
  return source === "*" || source === sender || source === membership.componentOf(sender, group);
}

function needOf({ source, amount }: Condition, group: Group): number {
  return amount.kind === "count" ? amount.count : shareOf(amount, livingMembers(source, group));
}

/** A share of nobody is never reached: with no living member that matches, the condition waits. */
function shareOf(amount: Extract<Amount, { kind: "share" }>, living: number): number {
  return living === 0 ? Infinity : Math.ceil((amount.numerator * living) / amount.denominator);
}

function isMet(node: LiveNode, group: Group): boolean {
  switch (node.kind) {
    case "condition":
      return node.backlog.progress >= needOf(node.condition, group);
    case "all":
      return node.children.every((child) => isMet(child, group));
    case "any":
      return node.children.some((child) => isMet(child, group));
  }
}

function select(node: LiveNode, group: Group, into: Set<Arrival>): void {
  if (node.kind === "condition") {
    node.backlog.collect(needOf(node.condition, group), into);
    return;
  }
  for (const child of node.children) {
    if (node.kind === "all" || isMet(child, group)) select(child, group, into);
  }
}
