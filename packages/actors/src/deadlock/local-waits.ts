import { Kind } from "@troupe/core";

import type { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import { isOfThisProcess } from "../cell/chain.js";
import type { Mailbox } from "../cell/mailbox.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import type { WaitNode } from "./wait-graph.js";

/** Characters of a method's name that are told. */
const maxName = 100;

/** A part of the wait graph, as a process tells it to another. */
export interface WaitReport {
  readonly nodes: readonly WaitNode[];
  /** Calls that others of them wait for, and the process where each is. */
  readonly beyond: readonly (readonly [key: string, process: string])[];
}

/** Where a call is. */
interface Place {
  readonly cell: Cell;
  readonly mailbox: Mailbox;
}

/** Who waits for whom in this process, as it is now. */
export class LocalWaits {
  readonly #process: string;
  /** Calls that are here and not answered, waiting or running. */
  readonly #places = new Map<Call, Place>();
  readonly #byKey = new Map<string, Call>();
  /** Of a call, those that it made: their keys. */
  readonly #made = new Map<Call, string[]>();
  /** Where calls are that were sent to other processes. */
  readonly #elsewhere = new Map<string, string>();

  constructor(runtime: ActorRuntime) {
    this.#process = runtime.node.name;
    for (const cell of runtime.cells) if (!cell.isIdle) this.#note(cell);
    for (const { id, to, waiter } of runtime.node.pending.values()) {
      if (waiter === undefined) continue;
      const key = sentKey(this.#process, id);
      this.#elsewhere.set(key, to);
      this.#add(waiter as Call, key);
    }
  }

  /** The call of that key, if it has not begun. */
  waiting(key: string): Call | undefined {
    const call = this.#byKey.get(key);
    return call?.state === "waiting" ? call : undefined;
  }

  keyOf(mailbox: Mailbox): string {
    return `${this.#process}/${numberOf(mailbox)}`;
  }

  /** What these mailboxes wait for, and whatever that waits for, as far as it is in this process. */
  ofMailboxes(mailboxes: Iterable<readonly [Mailbox, Cell]>): WaitReport {
    const report = new Report();
    for (const [mailbox, cell] of mailboxes) this.#followMailbox(mailbox, cell, report);
    return this.#finish(report);
  }

  /** The same of calls. Of one that is not here it says nothing. */
  ofCalls(keys: Iterable<string>): WaitReport {
    const report = new Report();
    report.open.push(...keys);
    return this.#finish(report);
  }

  #note(cell: Cell): void {
    if (cell.starting) this.#byKey.set(this.#keyOfCall(cell.starting), cell.starting);
    for (const mailbox of cell.mailboxes()) {
      for (const call of mailbox.waiting()) if (call.state === "waiting") this.#noteCall(call, cell, mailbox);
      for (const call of mailbox.running) this.#noteCall(call, cell, mailbox);
    }
  }

  #noteCall(call: Call, cell: Cell, mailbox: Mailbox): void {
    const key = this.#keyOfCall(call);
    this.#places.set(call, { cell, mailbox });
    this.#byKey.set(key, call);
    // Of one that is answered, as its caller gave up, nobody waits for the end.
    if (call.state !== "over" && isOfThisProcess(call.chain)) this.#add(call.chain, key);
  }

  #add(maker: Call, key: string): void {
    const made = this.#made.get(maker);
    if (made) made.push(key);
    else this.#made.set(maker, [key]);
  }

  #finish(report: Report): WaitReport {
    for (let key = report.open.pop(); key !== undefined; key = report.open.pop()) {
      if (report.nodes.has(key)) continue;
      const call = this.#byKey.get(key);
      const process = this.#elsewhere.get(key);
      if (call) this.#followCall(key, call, report);
      else if (process !== undefined) report.beyond.set(key, process);
    }
    return { nodes: [...report.nodes.values()], beyond: [...report.beyond] };
  }

  #followCall(key: string, call: Call, report: Report): void {
    const place = this.#places.get(call);
    const text = textOf(call);
    if (call.state === "waiting" && place) {
      const mailbox = this.#followMailbox(place.mailbox, place.cell, report);
      report.add({ key, call: text, mailbox, waitsFor: [mailbox] });
    } else report.add({ key, call: text, waitsFor: this.#made.get(call) ?? [] });
  }

  #followMailbox(mailbox: Mailbox, { starting }: Cell, report: Report): string {
    const key = this.keyOf(mailbox);
    if (report.nodes.has(key)) return key;
    const holders = starting ? [starting] : mailbox.running.filter(({ isBeside }) => !isBeside);
    report.add({
      key,
      waitsFor: mailbox.isFull ? holders.map((call) => this.#keyOfCall(call)) : [],
    });
    return key;
  }

  #keyOfCall(call: Call): string {
    const { from, id, kind } = call;
    return from === undefined || kind === Kind.tell ? `${this.#process}.${call.number}` : sentKey(from, id);
  }
}

/** A report that is being made. */
class Report {
  readonly nodes = new Map<string, WaitNode>();
  readonly beyond = new Map<string, string>();
  /** Keys that are to be followed. */
  readonly open: string[] = [];

  add(node: WaitNode): void {
    this.nodes.set(node.key, node);
    this.open.push(...node.waitsFor);
  }
}

/** The key of a call that one process sent to another. */
function sentKey(from: string, id: number): string {
  return `${from}#${id}`;
}

function textOf({ cell, name, kind }: Call): string {
  const shown = name.length > maxName ? `${name.slice(0, maxName)}…` : name;
  const { path } = cell.record;
  if (shown === "") return `${path}()`;
  return kind === Kind.property ? `${path}.${shown}` : `${path}.${shown}()`;
}

const numbers = new WeakMap<Mailbox, number>();
let lastNumber = 0;

function numberOf(mailbox: Mailbox): number {
  let number = numbers.get(mailbox);
  if (number === undefined) numbers.set(mailbox, (number = ++lastNumber));
  return number;
}
