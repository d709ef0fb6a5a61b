import {
  armDeadline,
  defaultLogger,
  isProcessAlive,
  isSameHost,
  isThenable,
  Kind,
  type Logger,
  TroupeError,
  type WaitOptions,
  type WireMessage,
} from "@troupe/core";
import { type Limits, type Parcel, type RemoteAccess, Transport } from "@troupe/proxy";
import type { Member } from "@troupe/registry";

import { LoopWatch } from "../processes/loop-watch.js";
import { processStats, processStatsOp } from "../processes/process-stats.js";
import type { BrainPort, Death } from "./brain-port.js";
import { PendingCalls } from "./pending-calls.js";

/** Options of {@link Node.open}. */
export interface NodeOptions {
  /** Name of the process, unique in its cluster: `driver-0`, `pool-3`. */
  readonly name: string;
  /** `driver`, `pool` or `host`. */
  readonly component: string;
  /** Name of the machine in the cluster: `host-0`. */
  readonly host: string;
  /** Name of the process that holds the brain. */
  readonly head: string;
  /** Name of the process that is the agent of this machine. */
  readonly agent: string;
  /** How it is reached from other machines; it is not without. */
  readonly remote?: RemoteAccess | undefined;
  /** The brain, or the way to it, for the node that is being made. */
  readonly brain: (node: Node) => BrainPort;
  readonly limits?: Partial<Limits> | undefined;
  readonly log?: Logger | undefined;
}

/** Answers a system request. What it throws is the asker's error. */
export type RequestHandler = (args: unknown, from: string) => unknown;

/** Takes messages of a kind. `parcel` goes to `transport.consumed` once the message was handled. */
export type MessageHandler = (message: WireMessage, from: string, parcel: Parcel | undefined) => void;

/**
 * A process's place in its cluster: its transport, what it asks of other processes and answers them, and
 * the news of those that end.
 */
export class Node {
  readonly name: string;
  readonly host: string;
  /** Name of the process that holds the brain. */
  readonly head: string;
  /** Name of the process that started the pools of this machine, and has what they share. */
  readonly agent: string;
  readonly log: Logger;
  readonly pending = new PendingCalls();
  readonly brain: BrainPort;
  #transport: Transport | undefined;
  readonly #handlers: (MessageHandler | undefined)[] = [];
  readonly #requests = new Map<string, RequestHandler>();
  readonly #onGone = new Set<(name: string, death: Death) => void>();
  /** Of processes that ended, for those who come later. */
  readonly #deaths = new Map<string, Death>();
  readonly #loop = new LoopWatch();
  #isClosing = false;
  #closed = false;

  private constructor({ name, host, head, agent, brain, log = defaultLogger() }: NodeOptions) {
    this.name = name;
    this.host = host;
    this.head = head;
    this.agent = agent;
    this.log = log;
    this.brain = brain(this);
    this.#handlers[Kind.result] = ([, id, value]) => this.pending.settle(id as number, value);
    this.#handlers[Kind.error] = ([, id, error]) => this.pending.fail(id as number, asError(error));
    this.#handlers[Kind.system] = (message, from) => void this.#answer(message, from);
    this.serve(processStatsOp, () => processStats(this.#loop));
  }

  /** Opens the transport of this process. */
  static async open(options: NodeOptions): Promise<Node> {
    const node = new Node(options);
    const { name, component, limits, remote } = options;
    node.#transport = await Transport.open(
      { name, component, limits, remote, log: node.log, find: (peer) => node.#find(peer) },
      {
        onMessage: (message, from, parcel) => node.#receive(message, from, parcel),
        onReplaced: (peer) => node.#end(endOf(peer)),
        onFailure: (error) => node.log.error({ err: error }, "nothing can be received any more"),
      },
    );
    return node;
  }

  /** Its name, and what is to be known of its machine by those who wonder why it cannot import something. */
  get importer(): string {
    if (this.agent === this.head) return this.name;
    return `${this.name} on ${this.host}, a machine that needs the program at the same path,`;
  }

  get transport(): Transport {
    return this.#transport!;
  }

  /** Takes the messages of a kind: calls, streams, all that this layer knows nothing of. */
  on(kind: number, handler: MessageHandler): void {
    this.#handlers[kind] = handler;
  }

  /** Answers a kind of system request. */
  serve(op: string, handler: RequestHandler): void {
    this.#requests.set(op, handler);
  }

  /**
   * Asks another process, or this one.
   *
   * @throws What its handler threw; ERR_ACTOR_DIED when the process ended; ERR_TIMEOUT, ERR_CANCELLED.
   */
  request(to: string, op: string, args: unknown, options: WaitOptions = {}): Promise<unknown> {
    if (to === this.name) return this.#handleHere(op, args);
    return new Promise((resolve, reject) => {
      const id = this.pending.open(to, resolve, reject, options.timeout);
      const fail = (error: Error) => this.pending.fail(id, error);
      if (options.signal) armDeadline(`"${op}" of "${to}"`, { signal: options.signal }, fail);
      try {
        void this.transport.answer(to, [Kind.system, id, op, args])?.catch(fail);
      } catch (error) {
        fail(asError(error));
      }
    });
  }

  /** Tells another process, and waits for nothing. */
  tell(to: string, op: string, args: unknown): void {
    const dropped = (error: unknown) => this.log.debug({ err: error, to, op }, "a process could not be told");
    try {
      void this.transport.answer(to, [Kind.system, 0, op, args])?.catch(dropped);
    } catch (error) {
      dropped(error);
    }
  }

  /** Told of each process that ended, after what waited for its answers has failed. Gives a function that stops it. */
  onGone(listener: (name: string, death: Death) => void): () => void {
    this.#onGone.add(listener);
    return () => this.#onGone.delete(listener);
  }

  /** A process of the cluster ended. */
  gone(death: Death): void {
    const { process: name, pid } = death;
    const peer = this.transport.peer(name);
    // Its successor was faster than this news, which came another way: what waits under the name is the successor's.
    if (peer && peer.process.pid !== pid && (!isSameHost(peer.process) || isProcessAlive(peer.process)))
      return;
    this.#remember(death);
    this.transport.dismiss(name, () => processDied(death));
    this.#end(death);
  }

  /** A process is there, or there again. */
  introduce(peer: Member): void {
    this.#deaths.delete(peer.name);
    this.transport.introduce(peer);
  }

  /** Whether the cluster is being closed, or this process ends: what waits for others there need not any more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  startClosing(): void {
    this.#isClosing = true;
  }

  /** Sends what was accepted and closes. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.close();
    this.pending.close(() => new TroupeError("ERR_CLOSED", `The cluster was closed for "${this.name}".`));
    await this.transport.close();
  }

  #receive(message: WireMessage, from: string, parcel: Parcel | undefined): void {
    const handler = this.#handlers[message[0]];
    if (handler) return handler(message, from, parcel);
    if (parcel) this.transport.consumed(parcel);
    this.log.debug({ kind: message[0], from }, "dropped a message of a kind that has no place here");
  }

  async #find(name: string): Promise<Member | undefined> {
    const death = this.#deaths.get(name);
    if (death) throw processDied(death);
    const found = await this.brain.peer(name);
    if (found && "ended" in found) throw processDied(found.ended);
    // The news of its end may have come with the answer, and was heard first.
    const since = this.#deaths.get(name);
    if (found && since?.pid === found.process.pid) throw processDied(since);
    return found;
  }

  async #answer(message: WireMessage, from: string): Promise<void> {
    const [, id, op, args] = message;
    let answer: WireMessage;
    try {
      const result = this.#handle(op as string, args, from);
      answer = [Kind.result, id, isThenable(result) ? await result : result];
    } catch (error) {
      answer = [Kind.error, id, asError(error)];
    }
    if (id === 0) {
      if (answer[0] === Kind.error)
        this.log.warn({ err: answer[2], op, from }, "a request nobody waits for failed");
      return;
    }
    try {
      // Most are on their way at once.
      const sent = this.transport.answer(from, answer);
      if (sent) await sent;
    } catch (error) {
      // The asker is gone; or the answer cannot be sent, which it has to hear of.
      try {
        await this.transport.answer(from, [Kind.error, id, asError(error)]);
      } catch (gone) {
        this.log.debug({ err: gone, op, to: from }, "nobody is there for an answer");
      }
    }
  }

  async #handleHere(op: string, args: unknown): Promise<unknown> {
    return this.#handle(op, args, this.name);
  }

  #handle(op: string, args: unknown, from: string): unknown {
    const handler = this.#requests.get(op);
    if (handler) return handler(args, from);
    throw new TroupeError("ERR_METHOD_NOT_FOUND", `"${this.name}" answers no request "${op}".`, {
      details: { process: this.name, op },
    });
  }

  /** Those who wait for a process that ended, or are waited for by it, need not any more. */
  #end(death: Death): void {
    const { process: name } = death;
    this.pending.failAll(name, () => processDied(death));
    for (const listener of this.#onGone) listener(name, death);
  }

  #remember(death: Death): void {
    this.#deaths.delete(death.process);
    this.#deaths.set(death.process, death);
    if (this.#deaths.size <= maxDeaths) return;
    for (const oldest of this.#deaths.keys()) {
      this.#deaths.delete(oldest);
      break;
    }
  }
}

/** Deaths remembered, so that who comes later hears of the cause. */
const maxDeaths = 1024;

/** The death of a peer of which nothing is known but that another has its name. */
function endOf({ name, process: { pid } }: Member): Death {
  return { process: name, pid, exitCode: null, signal: null, stderr: [], reason: "has ended" };
}

/** The error of those who waited for a process that ended. */
export function processDied(death: Death): TroupeError {
  const { process, pid, signal, exitCode, stderr, reason } = death;
  const words = lastWords(stderr);
  const last = words === "" ? "" : ` Its last words: ${words}`;
  const how = reason.replace(/\.$/, "");
  return new TroupeError("ERR_ACTOR_DIED", `The process "${process}" (pid ${pid}) ${how}.${last}`, {
    details: { process, pid, signal, exitCode, stderr },
  });
}

/** What it said of why it ended: of an error that nobody handled where that came from; where that can be told from the stack below it; else the last three lines. */
function lastWords(stderr: readonly string[]): string {
  return causeIn(stderr).slice(0, longestWords);
}

/** Characters. */
const longestWords = 1_000;

function causeIn(stderr: readonly string[]): string {
  const unhandled = stderr.findLast((line) => line.startsWith("Unhandled error in "));
  if (unhandled) return unhandled;
  const cause = stderr.findLast((line) =>
    /^(Uncaught )?[\w.]*(Error|Exception)\b.*:|^FATAL ERROR/.test(line),
  );
  return cause ?? stderr.slice(-3).join(" | ");
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
