import { TroupeError } from "@troupe/core";

import { type Amount, combine, type Condition, type EachMessage, type EventNode, maxDepth } from "./event.js";

/** Characters of an event string, at most. */
export const maxEventLength = 4096;

/** Digits after the point of a percentage, at most; more could not be counted exactly. */
const maxDecimals = 6;

const namePattern = /[-_./0-9A-Za-z]+/y;
const amountPattern = /(\d+)(?:\.(\d+))?(%?)/y;

/**
 * Reads an event string.
 *
 * ```text
 * event      = type | condition | combination
 * condition  = ( name | "*" ) ":" type ":" amount
 * amount     = integer ≥ 1 | percentage > 0 and ≤ 100, up to six decimals, "%"
 * combination = ( "all" | "any" ) "(" event { "," event } ")"
 * type, name = one or more of A-Z a-z 0-9 - _ . /
 * ```
 *
 * Spaces may surround an event, nowhere else. A bare type inside a combination is `*:type:1`.
 *
 * @throws ERR_CONFIG with a caret under the place that is wrong; `details` holds `event` and `position`.
 */
export function parseEvent(text: string): EventNode | EachMessage {
  return new EventParser(text).parse();
}

class EventParser {
  #at = 0;

  constructor(private readonly text: string) {}

  parse(): EventNode | EachMessage {
    if (this.text.length > maxEventLength) {
      throw new TroupeError(
        "ERR_CONFIG",
        `An event of ${this.text.length} characters is longer than ${maxEventLength}; build it with all() and any().`,
        { details: { event: `${this.text.slice(0, 80)}…`, position: maxEventLength } },
      );
    }
    const event = this.#event(0);
    if (this.#at < this.text.length) this.#fail(`${this.#here()} cannot follow a whole event`);
    return event;
  }

  #event(depth: number): EventNode | EachMessage {
    this.#spaces();
    const event = this.#peek("*") ? this.#condition() : this.#startingWithName(depth);
    this.#spaces();
    return event;
  }

  #startingWithName(depth: number): EventNode | EachMessage {
    const start = this.#at;
    const name = this.#name("a message type or a source");
    if (this.#peek("(")) {
      if (name !== "all" && name !== "any") this.#fail(`only all(…) and any(…) combine events`, start);
      return this.#combination(name, depth + 1, start);
    }
    if (!this.#peek(":")) return { kind: "each", type: name };
    this.#at = start;
    return this.#condition();
  }

  #combination(kind: "all" | "any", depth: number, start: number): EventNode {
    if (depth > maxDepth) this.#fail(`events are nested more than ${maxDepth} deep`, start);
    const children: EventNode[] = [];
    do {
      this.#at++;
      children.push(asNode(this.#event(depth)));
    } while (this.#peek(","));
    if (!this.#peek(")")) this.#fail(`a "," or the ")" of ${kind}( is missing`);
    this.#at++;
    return combine(kind, children);
  }

  #condition(): Condition {
    const source = this.#peek("*") ? this.text[this.#at++]! : this.#name("a source");
    this.#colon("a type and an amount are missing");
    if (this.#peek("*")) this.#fail("the type of a message must be named, only its source may be *");
    const type = this.#name("a message type");
    this.#colon("an amount is missing");
    return { kind: "condition", source, type, amount: this.#amount() };
  }

  #amount(): Amount {
    const start = this.#at;
    amountPattern.lastIndex = start;
    const match = amountPattern.exec(this.text);
    if (!match) this.#fail("an amount must be a positive integer or a percentage, not " + this.#here());
    const [whole, integer = "", decimals = "", percent] = match;
    this.#at += whole.length;
    if (!percent) {
      if (decimals) this.#fail("only a percentage may have decimals", start);
      const count = Number(integer);
      if (count < 1) this.#fail("an amount must be at least 1", start);
      if (!Number.isSafeInteger(count)) this.#fail("this amount is too large to count", start);
      return { kind: "count", count };
    }
    if (decimals.length > maxDecimals) this.#fail(`a percentage has at most ${maxDecimals} decimals`, start);
    const denominator = 100 * 10 ** decimals.length;
    const numerator = Number(integer + decimals);
    if (numerator <= 0 || numerator > denominator) {
      this.#fail("a percentage must be above 0 and at most 100", start);
    }
    return { kind: "share", numerator, denominator };
  }

  #name(what: string): string {
    namePattern.lastIndex = this.#at;
    const match = namePattern.exec(this.text);
    if (!match) this.#fail(`${what} must stand here, not ${this.#here()}`);
    this.#at += match[0].length;
    return match[0];
  }

  #colon(missing: string): void {
    if (this.#peek(":")) this.#at++;
    else
      this.#fail(
        this.#at === this.text.length ? missing : `${missing}: ":" must stand here, not ${this.#here()}`,
      );
  }

  #spaces(): void {
    while (this.#peek(" ")) this.#at++;
  }

  #peek(character: string): boolean {
    return this.text[this.#at] === character;
  }

  /** What stands at the present place, quoted. */
  #here(): string {
    const point = this.text.codePointAt(this.#at);
    return point === undefined ? "the end" : JSON.stringify(String.fromCodePoint(point));
  }

  #fail(problem: string, position: number = this.#at): never {
    throw new TroupeError(
      "ERR_CONFIG",
      [
        `Malformed event ${JSON.stringify(this.text)}: ${problem}.`,
        `  ${this.text.replace(/\s/g, " ")}`,
        `  ${" ".repeat(position)}^`,
        'Write a type ("hello"), source:type:amount ("actor:rollout:3", "*:done:60%"), or all(…) and any(…) of those.',
      ].join("\n"),
      { details: { event: this.text, position } },
    );
  }
}

/** A bare type is a whole event by itself, but one message of anyone where it is a part. */
export function asNode(event: EventNode | EachMessage): EventNode {
  if (event.kind !== "each") return event;
  return { kind: "condition", source: "*", type: event.type, amount: { kind: "count", count: 1 } };
}
