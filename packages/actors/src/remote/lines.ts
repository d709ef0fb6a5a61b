import { type Death, processDied } from "@troupe/cluster";
import { TroupeError, type WaitOptions } from "@troupe/core";
import { objects } from "@troupe/objects";

import { hasObjects, objectsOf } from "../cell/argument-objects.js";
import type { Call } from "../cell/call.js";
import { shared } from "../shared.js";
import type { Handle } from "./handle.js";
import { holdArguments } from "./held-arguments.js";
import { Line } from "./line.js";

/** Messages of a process that may wait before they are sent; each takes some 3 KB, without its arguments. */
const maxWaiting = 250_000;

/** An actor, or a tunnel of one. */
type Target = number | string;
/** An actor, a task, or what runs in this process besides. */
type Sender = object;

/** What is to be sent. */
export interface Outgoing {
  readonly handle: Handle;
  readonly kind: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/**
 * Messages that have references for arguments whose objects are still to come, and those that the same sender has for
 * the same actor after them: they wait here, where they hold nobody up. At the actor they would keep all others from
 * it, perhaps those that the objects are made by.
 */
export class Lines {
  readonly #lines = new Map<Target, Map<Sender, Line>>();
  #waiting = 0;

  constructor(private readonly limit = maxWaiting) {}

  /** Messages that wait. */
  get size(): number {
    return this.#waiting;
  }

  /** Whether a message may have to wait. */
  concern(handle: Handle, kind: number, args: readonly unknown[]): boolean {
    return (this.#waiting > 0 && this.#lines.has(targetOf(handle))) || hasUnsettled(kind, args);
  }

  /**
   * Sends a message when nothing that it has to wait for is left.
   *
   * @param outer The call that runs now.
   * @param send Must have sent it, with these arguments, when it returns.
   * @returns What came of it; `undefined` for one that has nothing to wait for, and is not sent.
   * @throws By the promise: ERR_TIMEOUT, ERR_CANCELLED, ERR_MAILBOX_FULL, ERR_NOT_SERIALIZABLE; ERR_OBJECT_LOST for a
   *   reference that was released
   */
  send<T>(
    outgoing: Outgoing,
    outer: Call | undefined,
    bound: WaitOptions,
    send: (args: readonly unknown[]) => T,
  ): Promise<Awaited<T>> | undefined {
    const { handle, kind, name, args } = outgoing;
    const senders = this.#lines.get(targetOf(handle));
    // What goes before all others waits for its own objects alone.
    const isFirst = handle.tunnel === undefined && handle.urgent?.has(name) === true;
    const sender = isFirst ? {} : this.#senderOf(outer, senders);
    if (!senders?.has(sender) && !hasUnsettled(kind, args)) return undefined;
    return this.#wait(outgoing, sender, outer, bound, send);
  }

  /** A process ended: what waits for actors that lived there is not sent, unless they are made again. */
  lose(death: Death): void {
    for (const line of this.#all()) {
      const { record, pursuit } = line.handle;
      const livedThere = record.pool === death.process && record.pid === death.pid;
      if (livedThere && !pursuit) line.fail(() => processDied(death));
    }
  }

  /** What waits is not sent. */
  close(): void {
    const closed = () => new TroupeError("ERR_CLOSED", "The cluster was closed before the message was sent.");
    for (const line of this.#all()) line.fail(closed);
  }

  async #wait<T>(
    { handle, kind, name, args }: Outgoing,
    sender: Sender,
    asker: Call | undefined,
    bound: WaitOptions,
    send: (args: readonly unknown[]) => T,
  ): Promise<Awaited<T>> {
    if (this.#waiting >= this.limit) throw fullError(handle, this.limit);
    const held = holdArguments(handle, kind, args);
    const what = `${handle.record.path}.${name}()`;
    const refs = objectsOf(kind, held.args);
    this.#waiting++;
    try {
      return await this.#line(handle, sender).send({ what, refs, asker, bound }, () => send(held.args));
    } finally {
      held.release();
    }
  }

  /** The line of that sender, made when there is none. */
  #line(handle: Handle, sender: Sender): Line {
    const target = targetOf(handle);
    let senders = this.#lines.get(target);
    if (!senders) this.#lines.set(target, (senders = new Map<Sender, Line>()));
    let line = senders.get(sender);
    if (!line) senders.set(sender, (line = new Line(handle, () => this.#left(target, sender))));
    return line;
  }

  #left(target: Target, sender: Sender): void {
    this.#waiting--;
    const senders = this.#lines.get(target)!;
    if (senders.get(sender)!.size > 0) return;
    senders.delete(sender);
    if (senders.size === 0) this.#lines.delete(target);
  }

  /**
   * In whose order a message is sent. A call whose actor has messages waiting that it is itself a part of has an order
   * of its own: they may wait for it.
   */
  #senderOf(outer: Call | undefined, senders: ReadonlyMap<Sender, Line> | undefined): Sender {
    if (!outer) return shared.otherContext?.() ?? this;
    return senders?.get(outer.cell)?.isBelow(outer) ? outer : outer.cell;
  }

  #all(): Line[] {
    return [...this.#lines.values()].flatMap((senders) => [...senders.values()]);
  }
}

function targetOf({ record, tunnel }: Handle): Target {
  return tunnel === undefined ? record.id : `${record.id}/${tunnel}`;
}

function hasUnsettled(kind: number, args: readonly unknown[]): boolean {
  return hasObjects(kind, args) && !objectsOf(kind, args).every((ref) => objects.isSettled(ref));
}

function fullError({ record: { id, path } }: Handle, limit: number): TroupeError {
  return new TroupeError(
    "ERR_MAILBOX_FULL",
    `${limit} messages of this process wait for their arguments already; wait for some of these before you send ${path} more.`,
    { details: { actor: id, path, limit } },
  );
}
