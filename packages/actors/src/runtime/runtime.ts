import type { ActorRecord, DeadLetter, Node } from "@troupe/cluster";
import { Kind, TroupeError, type WireMessage, withDeadline } from "@troupe/core";
import type { Parcel } from "@troupe/proxy";

import { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import { Insight } from "../insight/insight.js";
import { Lookout } from "../insight/lookout.js";
import { defaultSlowCall } from "../insight/slow-call.js";
import { Caller } from "../remote/caller.js";
import { References } from "../remote/references.js";
import { handleFrom } from "../remote/remote.js";
import { registerReferences } from "../remote/wire-ref.js";
import { shared } from "../shared.js";
import { ClusterStorage } from "../state/cluster-storage.js";
import { serveParents } from "../supervision/care.js";
import { asError } from "./as-error.js";
import { Creator } from "./creator.js";
import { DeadLetters } from "./dead-letters.js";
import { actorDied, endOf, isMoved, movedError } from "./end-of.js";
import { Endings } from "./endings.js";
import { Replies } from "./replies.js";
import { Streams } from "./streams.js";
import { Watches } from "./watches.js";

/** Options of an {@link ActorRuntime}. */
export interface RuntimeOptions {
  /** Told of messages that reached nobody. Default: the driver is. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /** Milliseconds after which a call is slow, and is told of in the log. Default 1,000; 0 for never. */
  readonly slowCall?: number | undefined;
  /** Names of the pools that run. Only the driver knows them. */
  readonly pools?: (() => readonly string[]) | undefined;
}

/** The process that holds the brain, and hears of what concerns the whole cluster. */
const driver = "driver-0";
const deadLetterOp = "dead-letter";

/** The actors of one process, and this process's way to all others. */
export class ActorRuntime {
  readonly references: References;
  readonly caller: Caller;
  readonly creator: Creator;
  readonly endings: Endings;
  readonly watches: Watches;
  readonly streams: Streams;
  readonly replies: Replies;
  readonly deadLetters: DeadLetters;
  readonly storage: ClusterStorage;
  /** Those that look for their actors. */
  readonly moving = new Set<object>();
  readonly insight: Insight;
  readonly lookout: Lookout;
  /** Whose bytes were counted last. */
  #parcel: Parcel | undefined;
  readonly #cells = new Map<number, Cell>();
  #closed: Promise<void> | undefined;

  /** @param node Gets its handlers here: nothing may have arrived yet. */
  constructor(
    readonly node: Node,
    { onDeadLetter, slowCall = defaultSlowCall, pools }: RuntimeOptions = {},
  ) {
    this.lookout = new Lookout(node.log, slowCall);
    this.insight = new Insight(this, pools);
    this.streams = new Streams(node);
    this.replies = new Replies(node, this.streams);
    this.references = new References(this);
    this.caller = new Caller(this, node);
    this.creator = new Creator(this);
    this.endings = new Endings(this);
    this.watches = new Watches(node);
    this.storage = new ClusterStorage(this, driver);
    const tellDriver = ({ actor, method, error }: DeadLetter) =>
      node.tell(driver, deadLetterOp, { actor, method, error: asError(error) });
    this.deadLetters = new DeadLetters(onDeadLetter ?? tellDriver, node.log);
    if (onDeadLetter) node.serve(deadLetterOp, (letter) => onDeadLetter(letter as DeadLetter));
    for (const kind of [Kind.call, Kind.batch])
      node.on(kind, (message, from, parcel) =>
        this.#receive(
          kind,
          from,
          message[1],
          message[2],
          message[3],
          message[4],
          message[5],
          message[7],
          parcel,
        ),
      );
    node.on(Kind.tell, (message, from, parcel) =>
      this.#receive(Kind.tell, from, 0, message[1], message[2], message[3], undefined, undefined, parcel),
    );
    node.on(Kind.property, (message, from, parcel) =>
      this.#receive(
        Kind.property,
        from,
        message[1],
        message[2],
        message[3],
        [message[3]],
        undefined,
        undefined,
        parcel,
      ),
    );
    serveParents(this);
    registerReferences();
    shared.runtimes.push(this);
  }

  /** Actors that live here. */
  get cells(): Iterable<Cell> {
    return this.#cells.values();
  }

  /** Whether somebody in this process waits for others: for an answer, an item of a stream, the end of an actor. */
  get isAwaited(): boolean {
    return (
      this.node.pending.size > 0 || this.moving.size > 0 || this.streams.isAwaited || this.watches.isAwaited
    );
  }

  cell(id: number): Cell | undefined {
    return this.#cells.get(id);
  }

  add(cell: Cell): void {
    this.#cells.set(cell.record.id, cell);
  }

  /** The actor takes no messages any more. */
  remove(cell: Cell): void {
    this.#cells.delete(cell.record.id);
  }

  /** Path of the actor that runs now. */
  readonly currentPath = (): string | undefined => shared.running.getStore()?.cell.record.path;

  /** Answers a message to an actor that takes none. */
  refuse(call: Call): void {
    call.isHeld = true;
    const { cell } = call;
    const refused = cell.record.revives
      ? cell.whenEnded.then(() => movedError(cell.record))
      : this.endOf(cell.record);
    void refused.then((error) => call.refuse(error));
  }

  /** A tell did not do what it should: it is sent on to where its actor is now, or is a dead letter. */
  undelivered(
    record: Pick<ActorRecord, "id"> & Partial<ActorRecord>,
    name: string,
    args: readonly unknown[],
    error: unknown,
  ): void {
    if (isMoved(error, record)) void this.#forward(record.id, name, args);
    else this.deadLetters.add(record.path ?? record.id, name, error);
  }

  /** Why an actor that should be in this process is not. */
  async absenceOf(record: ActorRecord): Promise<TroupeError> {
    return record.revives ? movedError(record) : this.endOf(record);
  }

  /** Why an actor does not answer. */
  endOf(record: Pick<ActorRecord, "id"> & Partial<ActorRecord>): Promise<TroupeError> {
    return endOf(this.node, record);
  }

  diedError(record: ActorRecord, message: string): TroupeError {
    return actorDied(record, message);
  }

  /**
   * Stops the actors of this process, and kills those that have not ended in time. Idempotent.
   *
   * @param grace Milliseconds.
   */
  close(reason: string, grace: number): Promise<void> {
    return (this.#closed ??= this.#close(reason, grace));
  }

  async #close(reason: string, grace: number): Promise<void> {
    // Those that are being stopped already were asked to before this process was, and have had their time.
    const live = [...this.#cells.values()].filter(({ state }) => state !== "stopping");
    const stopped = Promise.all(live.map((cell) => cell.stop(reason)));
    await withDeadline("stopping actors", stopped, { timeout: grace }).catch(() => {});
    for (const cell of [...this.#cells.values()]) cell.kill(reason);
    this.watches.close();
    this.lookout.close();
    const at = shared.runtimes.indexOf(this);
    if (at !== -1) shared.runtimes.splice(at, 1);
  }

  #receive(
    kind: number,
    from: string,
    id: unknown,
    actor: unknown,
    name: unknown,
    args: unknown,
    timeout: unknown,
    key: unknown,
    parcel: Parcel | undefined,
  ): void {
    const cell = this.#cells.get(actor as number);
    if (!cell || typeof name !== "string" || !Array.isArray(args)) {
      if (parcel) this.node.transport.consumed(parcel);
      return void this.#reject(kind, from, id, actor, name, args);
    }
    const call = new Call(cell, kind, name, args as unknown[], from, id as number);
    call.parcel = parcel;
    if (parcel && parcel !== this.#parcel) {
      this.#parcel = parcel;
      cell.bytes += parcel.bytes;
    }
    if (typeof timeout === "number") this.#bound(call, timeout);
    if (typeof key === "string") call.key = key;
    cell.receive(call);
  }

  #bound(call: Call, timeout: number): void {
    if (timeout !== Infinity) call.deadline = performance.now() + timeout;
    call.isCancellable = true;
    this.streams.allowCancel(call);
  }

  /** A message that has no actor. */
  async #reject(
    kind: number,
    from: string,
    id: unknown,
    actor: unknown,
    name: unknown,
    args: unknown,
  ): Promise<void> {
    const error =
      typeof actor === "number" && !this.#cells.has(actor)
        ? await this.endOf({ id: actor })
        : new TroupeError(
            "ERR_PROTOCOL",
            `"${from}" sent a call that is none: its method is no text, or its arguments no list.`,
          );
    if (kind === Kind.tell) this.undelivered({ id: actor as number }, String(name), args as unknown[], error);
    else this.replies.post(from, [Kind.error, id, error] as WireMessage);
  }

  async #forward(id: number, name: string, args: readonly unknown[]): Promise<void> {
    try {
      const record = await this.node.brain.resolve(id);
      if (!record || "ended" in record) throw await this.endOf({ id });
      await this.caller.tell(handleFrom(this.references.to(record)), name, args);
    } catch (error) {
      this.deadLetters.add(id, name, error);
    }
  }
}
