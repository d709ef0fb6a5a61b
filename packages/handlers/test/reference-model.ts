import type { Message } from "@troupe/core";

import { all, any, type EventExpression } from "../src/index.js";

/** An event as plain data. A share is in tenths of a percent. */
export type ModelEvent =
  | { readonly source: string; readonly type: string; readonly count: number }
  | { readonly source: string; readonly type: string; readonly share: number }
  | { readonly combine: "all" | "any"; readonly parts: readonly ModelEvent[] };

/** Member → component, of those who live now or of all who ever lived. */
export type Members = ReadonlyMap<string, string>;

/** As a string of the event language. */
export function toText(event: ModelEvent): string {
  if ("combine" in event) return `${event.combine}(${event.parts.map(toText).join(", ")})`;
  return `${event.source}:${event.type}:${"count" in event ? event.count : `${event.share / 10}%`}`;
}

/** As calls of all() and any(). */
export function toExpression(event: ModelEvent): string | EventExpression {
  if (!("combine" in event)) return toText(event);
  const [first, ...rest] = event.parts.map(toExpression);
  return (event.combine === "all" ? all : any)(first!, ...rest);
}

/**
 * The meaning of events, written to be obviously right and not to be quick: one list of waiting messages,
 * and everything worked out from it anew each time.
 */
export class ReferenceModel {
  waiting: { readonly message: Message; readonly component: string | undefined }[] = [];

  constructor(
    private readonly event: ModelEvent,
    private readonly distinct: boolean,
  ) {}

  /** Gives what the handler gets, firing by firing, after a message arrived or members changed. */
  step(living: Members, everLived: Members, message?: Message): number[][] {
    if (message) {
      const arrival = { message, component: living.get(message.source) ?? everLived.get(message.source) };
      if (conditions(this.event).some((condition) => matches(condition, arrival))) this.waiting.push(arrival);
    }
    const firings: number[][] = [];
    while (this.waiting.length > 0 && this.isMet(this.event, living)) {
      const used = new Set(this.uses(this.event, living));
      firings.push(this.waiting.filter((one) => used.has(one)).map((one) => one.message.id));
      this.waiting = this.waiting.filter((one) => !used.has(one));
    }
    return firings;
  }

  private isMet(event: ModelEvent, living: Members): boolean {
    if (!("combine" in event)) return this.countable(event).length >= need(event, living);
    const met = event.parts.map((part) => this.isMet(part, living));
    return event.combine === "all" ? !met.includes(false) : met.includes(true);
  }

  private uses(event: ModelEvent, living: Members): ReferenceModel["waiting"] {
    if (!("combine" in event)) return this.countable(event).slice(0, need(event, living));
    return event.parts.filter((part) => this.isMet(part, living)).flatMap((part) => this.uses(part, living));
  }

  /** What counts towards a condition: all that matches it, or the oldest of each sender. */
  private countable(condition: ModelCondition): ReferenceModel["waiting"] {
    const matching = this.waiting.filter((one) => matches(condition, one));
    if (!this.distinct) return matching;
    return matching.filter(
      (one, i) => matching.findIndex((other) => other.message.source === one.message.source) === i,
    );
  }
}

type ModelCondition = Exclude<ModelEvent, { combine: unknown }>;

function conditions(event: ModelEvent): ModelCondition[] {
  return "combine" in event ? event.parts.flatMap(conditions) : [event];
}

function matches(
  { source, type }: ModelCondition,
  { message, component }: { message: Message; component: string | undefined },
): boolean {
  return message.type === type && ["*", message.source, component].includes(source);
}

function need(condition: ModelCondition, living: Members): number {
  if ("count" in condition) return condition.count;
  let population = 0;
  for (const [name, component] of living) {
    if (["*", name, component].includes(condition.source)) population++;
  }
  if (population === 0) return Infinity;
  let needed = 1;
  while (needed * 1000 < condition.share * population) needed++;
  return needed;
}
