import type { Logger } from "@troupe/core";

import type { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import { shared } from "../shared.js";
import { Complaints, nameOf, runningFor } from "./complaints.js";
import { inWords } from "./durations.js";
import type { MethodStats } from "./method-stats.js";
import type { Passage } from "./passage.js";

/** Looks in the time that a call may take. */
const looks = 4;
/** Longest and shortest pause between two looks, in milliseconds. */
const longestPause = 1_000;
const shortestPause = 10;
/** Calls, mailboxes and actors that are told of again and again while they stay slow. */
const maxTold = 1_000;
/** Methods that are named when one of them may have blocked the process. */
const maxSuspects = 8;

/** A mailbox as the lookout sees it. */
export interface Busy {
  readonly isIdle: boolean;
  /** Messages that wait. */
  readonly size: number;
  /** The first of those that wait. */
  readonly oldest: Call | undefined;
  /** Calls that have begun and wait for something. */
  readonly running: readonly Call[];
  /** Whether the lookout has it. */
  isWatched: boolean;
}

/**
 * Looks for what takes long in a process: calls that do not come to an end, messages that wait, actors that do not start
 * or stop, calls that block the event loop. Looks only while something goes on: in an idle process its timer rests.
 */
export class Lookout {
  /** Whether something was timed, or had to wait, since it looked last. */
  isAwake = true;
  /** When it looked last, or woke, in whole `performance.now()` milliseconds: near enough for messages that wait. */
  now = Math.floor(performance.now());
  /** Whether it is going to look again by itself; if not, it rests until it is woken. */
  isTicking: boolean;
  /** Milliseconds; `Infinity` when nobody wants to know. */
  readonly slowCall: number;
  readonly #pause: number;
  readonly #complaints: Complaints;
  readonly #mailboxes = new Set<Busy>();
  readonly #passages = new Set<Passage>();
  /** Milliseconds that each has to take before it is told of again. */
  readonly #patience = new Map<object, number>();
  #timer: NodeJS.Timeout | undefined;
  /** When the next look is due. */
  #due = 0;
  /** Milliseconds of blocking calls that were named since it looked last. */
  #named = 0;
  /** Calls, some of them, that waited for something when it looked last. */
  #ran: readonly Call[] = [];

  /** @param slowCall Milliseconds after which a call is slow; 0 for never. */
  constructor(log: Logger, slowCall: number) {
    this.#complaints = new Complaints(log);
    this.slowCall = slowCall > 0 ? slowCall : Infinity;
    this.#pause = Math.min(longestPause, Math.max(shortestPause, slowCall / looks));
    this.isTicking = slowCall > 0;
    if (!this.isTicking) return;
    // Made here and once: a timer that an actor starts would be that actor's for ever.
    this.#timer = setTimeout(() => this.#look(), this.#pause).unref();
    this.#due = performance.now() + this.#pause;
  }

  /** Something was timed or has to wait, for the first time since it looked last. */
  wake(): void {
    this.isAwake = true;
    this.now = Math.floor(performance.now());
    if (!this.isTicking) this.#lookLater(this.now);
  }

  /** Looks after a mailbox until it is idle. */
  watch(mailbox: Busy): void {
    if (!this.#timer) return;
    if (!this.isAwake) this.wake();
    mailbox.isWatched = true;
    this.#mailboxes.add(mailbox);
  }

  /** An actor starts or stops, until it {@link passed}. */
  passes(cell: Cell, what: Passage["what"], at: string): Passage {
    const passage: Passage = { cell, what, at, since: performance.now() };
    if (!this.#timer) return passage;
    if (!this.isAwake) this.wake();
    this.#passages.add(passage);
    return passage;
  }

  passed(passage: Passage): void {
    this.#passages.delete(passage);
    this.#patience.delete(passage);
  }

  /** A call is over that was slow. */
  slow(call: Call, milliseconds: number): void {
    this.#patience.delete(call);
    this.#complaints.ofCall(call, milliseconds, `took ${inWords(milliseconds)}.`);
  }

  /** A call was slow before it waited for anything. */
  blocked(call: Call, milliseconds: number): void {
    this.#named += milliseconds;
    const what = `blocked its process for ${inWords(milliseconds)}, in which nothing else ran there; ${blockingHint}`;
    this.#complaints.ofCall(call, milliseconds, what);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.isAwake = true;
    this.#mailboxes.clear();
    this.#ran = [];
    this.#passages.clear();
    this.#patience.clear();
  }

  #lookLater(now: number): void {
    this.isTicking = true;
    this.#named = 0;
    this.#due = now + this.#pause;
    this.#timer?.refresh();
  }

  #look(): void {
    const now = performance.now();
    const blocked = now - this.#due - this.#named;
    const wasAwake = this.isAwake;
    this.isAwake = false;
    this.isTicking = false;
    this.now = Math.floor(now);
    const suspects = calledSinceLast();
    // Whatever waited did so for that, too.
    if (blocked >= this.slowCall) this.#tellBlocked(blocked, suspects);
    else this.#lookAtAll(now);
    this.#ran = this.#running();
    if (wasAwake || this.#mailboxes.size > 0 || this.#passages.size > 0) this.#lookLater(now);
    else this.#rest();
  }

  /** The next call wakes it, as that one is timed. */
  #rest(): void {
    for (const stats of shared.methods.called()) stats.timeNext();
  }

  #lookAtAll(now: number): void {
    for (const mailbox of this.#mailboxes) this.#lookAt(mailbox, now);
    for (const passage of this.#passages) this.#lookAtPassage(passage, now);
  }

  #lookAt(mailbox: Busy, now: number): void {
    const { running, oldest } = mailbox;
    if (mailbox.isIdle || running[0]?.cell.isEnded) {
      mailbox.isWatched = false;
      this.#mailboxes.delete(mailbox);
      this.#patience.delete(mailbox);
      for (const call of running) this.#patience.delete(call);
      return;
    }
    for (const call of running) {
      const tell = (milliseconds: number) => {
        const behind = mailbox.size > 0 ? `; ${messages(mailbox.size)} behind it` : "";
        this.#complaints.ofCall(
          call,
          milliseconds,
          `has been running for ${inWords(milliseconds)}${behind}.`,
        );
      };
      this.#tellOnce(call, now - call.since, tell, call.method?.slowCall);
    }
    if (!oldest) return;
    this.#tellOnce(mailbox, now - oldest.since, (milliseconds) => {
      const { path } = oldest.cell.record;
      this.#complaints.of(
        { actor: path, milliseconds, mailbox: mailbox.size, running: running.map(({ name }) => name) },
        `${messages(mailbox.size)} for ${path}, the first of them for ${inWords(milliseconds)}; it runs ${list(running, now)}.`,
      );
    });
  }

  #lookAtPassage(passage: Passage, now: number): void {
    this.#tellOnce(passage, now - passage.since, (milliseconds) => {
      const { cell, what, at } = passage;
      const { path } = cell.record;
      const { running } = cell;
      const runs = running.length > 0 ? `, of which it runs ${list(running, now)}` : "";
      this.#complaints.of(
        { actor: path, milliseconds, running: running.map(({ name }) => name), mailbox: cell.waiting },
        `${path} has been ${what} for ${inWords(milliseconds)}; it waits for ${at}${runs}.`,
      );
    });
  }

  /** Tells of what takes longer than it should, and again each time that it takes twice as long. */
  #tellOnce(
    what: object,
    taken: number,
    tell: (milliseconds: number) => void,
    slowCall = this.slowCall,
  ): void {
    const patience = this.#patience.get(what);
    if (taken < (patience ?? slowCall)) return;
    if (patience === undefined && this.#patience.size >= maxTold) return;
    this.#patience.set(what, taken * 2);
    tell(Math.round(taken));
  }

  /** Calls that wait for something, as many as are named. */
  #running(): Call[] {
    const calls: Call[] = [];
    for (const { running } of this.#mailboxes) {
      calls.push(...running.slice(0, maxSuspects - calls.length));
      if (calls.length === maxSuspects) break;
    }
    return calls;
  }

  /** The event loop was blocked by a call that was not timed, or by what one did after it had waited. */
  #tellBlocked(milliseconds: number, suspects: readonly MethodStats[]): void {
    const running = [...new Set([...this.#ran, ...this.#running()].map(nameOf))];
    const called = suspects.map(({ className, method }) => `${className}.${method}()`);
    const names = [...running, ...called].slice(0, maxSuspects);
    if (names.length === 0) return;
    this.#complaints.of(
      { milliseconds: Math.round(milliseconds), running, called },
      `Something blocked this process for ${inWords(milliseconds)}, in which nothing else ran here: ${names.join(" or ")}, or what it started; ${blockingHint}`,
    );
  }
}

const blockingHint = "let it await something now and then, or give it a pool of its own.";

/** Methods that were called since this was asked last. */
function calledSinceLast(): MethodStats[] {
  const called: MethodStats[] = [];
  for (const stats of shared.methods.called()) {
    if (stats.calls !== stats.seen) called.push(stats);
    stats.seen = stats.calls;
  }
  return called;
}

function list(calls: readonly Call[], now: number): string {
  if (calls.length === 0) return "nothing";
  const some = calls.slice(0, maxSuspects).map((call) => runningFor(call, now));
  return calls.length > maxSuspects
    ? `${some.join(", ")} and ${calls.length - maxSuspects} more`
    : some.join(", ");
}

function messages(count: number): string {
  return count === 1 ? "1 message waits" : `${count} messages wait`;
}
