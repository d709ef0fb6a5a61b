import type { ActorRecord, DeadLetter, Death, MessageHandler, Node } from "@troupe/cluster";
import { Kind, TroupeError, type WireMessage, withDeadline } from "@troupe/core";
import { objects } from "@troupe/objects";
import type { Parcel } from "@troupe/proxy";

import { Call } from "../cell/call.js";
import type { Cell } from "../cell/cell.js";
import { Insight } from "../insight/insight.js";
import { Lookout } from "../insight/lookout.js";
import { defaultSlowCall } from "../insight/slow-call.js";
import { isChain } from "../cell/chain.js";
import { Deadlocks } from "../deadlock/deadlocks.js";
import { Caller, urgentOp } from "../remote/caller.js";
import { References } from "../remote/references.js";
import { handleFrom } from "../remote/remote.js";
import { registerReferences } from "../remote/wire-ref.js";
import { shared } from "../shared.js";
import { ClusterStorage } from "../state/cluster-storage.js";
import { serveParents } from "../supervision/care.js";
import { isTunnelAddress, type TunnelAddress } from "../tunnel/tunnel-name.js";
import { Tunnels } from "../tunnel/tunnels.js";
import { asError } from "./as-error.js";
import { Creator } from "./creator.js";
import { DeadLetters } from "./dead-letters.js";
import { actorDied, endOf, isMoved, movedError } from "./end-of.js";
import { Endings } from "./endings.js";
import { provideEndings } from "./provide-endings.js";
import { Replies } from "./replies.js";
import { Streams } from "./streams.js";
import { Watches } from "./watches.js";

/** Options of an {@link ActorRuntime}. */
export interface RuntimeOptions {
  /** Told of messages that reached nobody. Default: the head is. */
  readonly onDeadLetter?: ((letter: DeadLetter) => void) | undefined;
  /** Milliseconds after which a call is slow, and is told of in the log. Default 1,000; 0 for never. */
  readonly slowCall?: number | undefined;
  /** Names of the pools that run. Only the head knows them. */
  readonly pools?: (() => readonly string[]) | undefined;
}

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
  readonly deadlocks: Deadlocks;
  readonly tunnels: Tunnels;
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
    this.storage = new ClusterStorage(this);
    this.deadlocks = new Deadlocks(this);
    this.tunnels = new Tunnels(this);
    const tellHead = ({ actor, method, error }: DeadLetter) =>
      node.tell(node.head, deadLetterOp, { actor, method, error: asError(error) });
    this.deadLetters = new DeadLetters(onDeadLetter ?? tellHead, node.log);
    if (onDeadLetter) node.serve(deadLetterOp, (letter) => onDeadLetter(letter as DeadLetter));
    const receive: MessageHandler = (message, from, parcel) => this.#receive(message, from, parcel);
    for (const kind of [Kind.call, Kind.batch, Kind.tell]) node.on(kind, receive);
    node.on(Kind.property, (message, from, parcel) => this.#receive(asCall(message), from, parcel));
    node.serve(urgentOp, (message, from) => this.#receiveUrgent(message, from));
    serveParents(this);
    node.onGone((process, death) => {
      this.#abandoned(process, death);
      this.caller.lines.lose(death);
    });
    registerReferences();
    provideEndings();
    objects.join(node, node.agent);
    shared.runtimes.push(this);
  }

  /** Actors that live here. */
  get cells(): Iterable<Cell> {
    return this.#cells.values();
  }

  /** Whether somebody in this process waits for others: for an answer, an item of a stream, the end of an actor. */
  get isAwaited(): boolean {
    const { node, caller, moving, streams, watches } = this;
    const isAsking = node.pending.size > 0 || caller.lines.size > 0;
    return isAsking || moving.size > 0 || streams.isAwaited || watches.isAwaited;
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

  /** @param isMadeAgain Whether another try may reach it. */
  diedError(record: ActorRecord, message: string, isMadeAgain = false): TroupeError {
    return actorDied(record, message, undefined, isMadeAgain);
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
    this.node.startClosing();
    // Those that are being stopped already were asked to before this process was, and have had their time.
    const live = [...this.#cells.values()].filter(({ state }) => state !== "stopping");
    const stopped = Promise.all(live.map((cell) => cell.stop(reason)));
    await withDeadline("stopping actors", stopped, { timeout: grace }).catch(() => {});
    for (const cell of [...this.#cells.values()]) cell.kill(reason);
    this.caller.lines.close();
    this.watches.close();
    this.lookout.close();
    this.deadlocks.close();
    objects.leave(this.node);
    const at = shared.runtimes.indexOf(this);
    if (at !== -1) shared.runtimes.splice(at, 1);
  }

  /** A message to an actor: most say which method of which one is to have which arguments, and no more. */
  #receive(message: WireMessage, from: string, parcel: Parcel | undefined): void {
    const kind = message[0];
    // A tell has no number.
    const at = kind === Kind.tell ? 1 : 2;
    const address = message[at];
    const name = message[at + 1];
    const args = message[at + 2];
    const cell = this.#cells.get(actorIn(address));
    if (cell && typeof name === "string" && Array.isArray(args)) {
      const id = kind === Kind.tell ? 0 : (message[1] as number);
      const call = new Call(cell, kind, name, args, from, id, parcel);
      if (message.length <= 5 || this.#qualify(call, message)) {
        if (parcel !== this.#parcel) this.#weigh(cell, parcel);
        if (call.state === "over") return;
        return cell.receive(call, tunnelIn(address));
      }
    }
    void this.#reject(message, from, parcel);
  }

  /** A message that took no credit. */
  #receiveUrgent(message: unknown, from: string): void {
    const kind: unknown = Array.isArray(message) ? message[0] : undefined;
    if (kind === Kind.property) return this.#receive(asCall(message as WireMessage), from, undefined);
    if (kind === Kind.call || kind === Kind.batch || kind === Kind.tell)
      return this.#receive(message as WireMessage, from, undefined);
    throw new TroupeError("ERR_PROTOCOL", `"${from}" sent something urgent that is no message to an actor.`);
  }

  /** Takes what else a message says of a call. Gives whether that has its form. */
  #qualify(call: Call, [, , , , , timeout, chain, key, , isStored]: WireMessage): boolean {
    if (isGiven(chain)) {
      if (!isChain(chain)) return false;
      call.chain = chain;
    }
    if (!isGiven(timeout)) return true;
    call.terms = {
      deadline: typeof timeout === "number" ? performance.now() + timeout : Infinity,
      key: typeof key === "string" ? key : undefined,
      isStored: isStored === true,
    };
    this.streams.allowCancel(call);
    return true;
  }

  /** Counts the bytes of a packet when its first message is there. */
  #weigh(cell: Cell, parcel: Parcel | undefined): void {
    this.#parcel = parcel;
    if (parcel) cell.bytes += parcel.bytes;
  }

  /** Nobody waits any more for the calls that a process made which ended. */
  #abandoned(process: string, death: Death): void {
    const reason = new TroupeError("ERR_CANCELLED", `The caller's process "${process}" ${death.reason}.`);
    for (const { running } of this.#cells.values())
      for (const call of running) if (call.from === process && call.kind !== Kind.tell) call.cancel(reason);
  }

  /** A message that has no actor, or is none. */
  async #reject(message: WireMessage, from: string, parcel: Parcel | undefined): Promise<void> {
    if (parcel) this.node.transport.consumed(parcel);
    const [kind] = message;
    const [address, name, args] = message.slice(kind === Kind.tell ? 1 : 2);
    const actor: unknown = Array.isArray(address) ? address[0] : address;
    const error =
      typeof actor === "number" && !this.#cells.has(actor)
        ? await this.endOf({ id: actor })
        : new TroupeError(
            "ERR_PROTOCOL",
            `"${from}" sent a call that is none: its method is no text, its arguments are no list, its chain is none, or its tunnel has no name.`,
          );
    if (kind === Kind.tell) this.undelivered({ id: actor as number }, String(name), args as unknown[], error);
    else this.replies.post(from, [Kind.error, message[1], error]);
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

/** A property is read as a method is called that has its name for its argument. */
function asCall([kind, id, actor, name, chain]: WireMessage): WireMessage {
  return [kind, id, actor, name, [name], null, chain];
}

/** The actor that an address names. */
function actorIn(address: unknown): number {
  return isTunnelAddress(address) ? address[0] : (address as number);
}

/** The tunnel of it that the address names. */
function tunnelIn(address: unknown): string | undefined {
  return typeof address === "number" ? undefined : (address as TunnelAddress)[1];
}

function isGiven(field: unknown): boolean {
  return field !== undefined && field !== null;
}
