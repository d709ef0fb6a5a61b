import { EventEmitter } from "node:events";

import {
  armDeadline,
  cancelledError,
  isTroupeError,
  type Message,
  type MessageMap,
  type MessageOf,
  type Outgoing,
  type OutgoingOf,
  timeoutProblem,
  TroupeError,
  type WaitOptions,
} from "@troupe/core";
import type { Member } from "@troupe/registry";

import { gather, type GatherOptions, type WhenPeerLeaves } from "./exchange/gathering.js";
import { type Sent, Sessions } from "./exchange/sessions.js";
import type { DirectoryChange, Peer } from "./group/directory.js";
import type { EndpointStats } from "./inbound/endpoint.js";
import { messagesOf } from "./inbound/inbox.js";
import { Mesh } from "./mesh.js";
import { withLocalStack } from "./local-stack.js";
import { defaultRequestTimeout, type JoinOptions } from "./options.js";
import { enter, type Standing } from "./standing.js";
import {
  answered,
  defaultSession,
  failure,
  groupMessage,
  namedSession,
  type Received,
} from "./wire-forms.js";

/** Names one exchange: a request with its reply, a broadcast with its replies. */
export type SessionId = string;

/** One of the messages of {@link Proxy.scatter}. */
export type Scattered<M extends object> = OutgoingOf<M> & { readonly to: string };

/** What a reply may say; the type of the message that it answers by default. */
export interface Reply {
  readonly type?: string | undefined;
  readonly body?: unknown;
}

/** Events of a proxy, each with the peer that it is about. */
export interface ProxyEvents {
  "peer-joined": [peer: Peer];
  "peer-left": [peer: Peer];
  "peer-rejoined": [peer: Peer];
  /** Nothing more can be sent or received; the error says why. Not emitted for a `close()` of one's own. */
  lost: [error: Error];
}

/** Counts of a proxy since it joined. */
export interface ProxyStats extends EndpointStats {
  /** Messages that arrived and were not received yet. */
  readonly inbox: number;
  /** Requests that wait for their reply. */
  readonly pending: number;
  /** Messages that were accepted but could not be sent before their peer left or the proxy closed, or arrived beyond a bound. */
  readonly lost: number;
  /** Replies and failures that arrived when nobody waited for them any more. */
  readonly late: number;
}

/**
 * A member of a group: sends to its peers and receives from them, over ZeroMQ PUSH/PULL.
 *
 * Messages from one member to another arrive in the order sent. Delivery is at most once: a peer that
 * dies takes with it what it had received and not handled.
 *
 * @typeParam M The program's message map, type → body. By default any type with an `unknown` body.
 */
export class Proxy<M extends object = MessageMap>
  extends EventEmitter<ProxyEvents>
  implements AsyncDisposable
{
  readonly #standing: Standing;
  readonly #mesh: Mesh;
  readonly #sessions = new Sessions();
  #closing: Promise<void> | undefined;

  private constructor(standing: Standing) {
    super();
    this.#standing = standing;
    this.#mesh = new Mesh(standing, {
      onChange: (change) => this.#announce(change),
      onLost: (error) => this.#lose(error),
    });
  }

  /**
   * Joins a group and waits for the peers that are asked for.
   *
   * @throws ERR_CONFIG, ERR_REGISTRY, ERR_NAME_TAKEN, ERR_PEERS_MISSING naming who is missing, ERR_CANCELLED;
   *   in each case nothing is left behind.
   */
  static async join<M extends object = MessageMap>(options: JoinOptions): Promise<Proxy<M>> {
    // Loaded when somebody joins: processes that only have a transport start without it.
    const { parseOptions } = await import("./parse-options.js");
    const settings = parseOptions(options);
    const started = performance.now();
    const proxy = new Proxy<M>(await enter(settings, options));
    try {
      proxy.#mesh.start();
      await proxy.#assemble(settings.joinTimeout - (performance.now() - started), options.signal);
      return proxy;
    } catch (error) {
      await proxy.close();
      throw error;
    }
  }

  /** Unique in the group while this member lives. */
  get name(): string {
    return this.#mesh.self.name;
  }

  get component(): string {
    return this.#standing.settings.component;
  }

  get group(): string {
    return this.#standing.settings.group;
  }

  /** Names of the living peers by component, this member not among them; a new map after each change. */
  get peers(): ReadonlyMap<string, readonly string[]> {
    return this.#mesh.directory.peers;
  }

  stats(): ProxyStats {
    const { inbox, pending, stats } = this.#mesh;
    return { ...this.#standing.endpoint.stats, ...stats, inbox: inbox.size, pending: pending.size };
  }

  /**
   * Sends a message one way. Resolves when it is accepted: encoded, and with room on the link. The body
   * may be changed from the moment of the call on.
   *
   * @returns The session, for {@link collect}.
   * @throws ERR_PEER_LEFT, ERR_PEERS_MISSING for a name that never was, ERR_NOT_SERIALIZABLE,
   *   ERR_MESSAGE_TOO_LARGE, ERR_TIMEOUT or ERR_CANCELLED while it waits for room, ERR_MAILBOX_FULL when very
   *   much waits for room already.
   */
  async send(to: string, message: OutgoingOf<M>, options: WaitOptions = {}): Promise<SessionId> {
    const id = this.#mesh.nextId();
    const wait = this.#post(id, to, message, message.session, options);
    if (wait) await wait;
    const session = message.session ?? defaultSession(this.name, id);
    if (message.session === undefined) this.#sessions.open(session, id, to);
    else this.#sessions.add(session, [{ id, destination: to }]);
    return session;
  }

  /**
   * Sends a message and waits for its reply.
   *
   * @param options `timeout`: default 60 000 ms; `Infinity` waits as long as the peer lives.
   * @throws What the peer's handler threw; ERR_PEER_LEFT as soon as the peer is gone; ERR_TIMEOUT; and as {@link send}.
   */
  request(to: string, message: OutgoingOf<M>, options: WaitOptions = {}): Promise<MessageOf<M>> {
    // Not an async function: its frame would be the largest part of what a request in flight holds.
    const { pending } = this.#mesh;
    const { timeout = defaultRequestTimeout, signal } = options;
    const refusal = signal?.aborted ? cancelledError(`request to "${to}"`, signal) : timeoutProblem(timeout);
    if (refusal) return Promise.reject(refusal);
    const id = this.#mesh.nextRequestId();
    const reply = new Promise<Message>((resolve, reject) => {
      pending.expect(id, to, timeout, resolve, reject);
    });
    try {
      const wait = this.#post(id, to, message, message.session, options);
      if (wait) wait.catch((error: unknown) => pending.fail(id, error as Error));
    } catch (error) {
      pending.fail(id, error as Error);
    }
    if (signal) this.#failOnAbort(id, to, signal, reply);
    return reply.catch((error: unknown) => {
      throw withLocalStack(error, `request "${message.type}" from "${this.name}" to "${to}"`);
    }) as Promise<MessageOf<M>>;
  }

  /**
   * Sends each of several messages and waits for the replies, given in the order of the messages.
   *
   * @param options `timeout`: default 60 000 ms. `min`: replies that are enough; then stragglers have `grace` ms more.
   * @throws ERR_TIMEOUT naming who did not answer, ERR_PEER_LEFT, and as {@link request}; with `min` only
   *   when so many replies are no longer possible, or a message cannot be sent for its own fault.
   */
  async scatter(messages: readonly Scattered<M>[], options: GatherOptions = {}): Promise<MessageOf<M>[]> {
    this.#mesh.assertOpen();
    return this.#exchange(messages, this.#newSession(), options, "fail");
  }

  /**
   * Sends one message to every peer of a component, or to every peer with `*`.
   *
   * Waits first for `minPeers` of that component, when they were set at the join.
   *
   * @returns One session for all, for {@link collect}.
   */
  async broadcast(to: string, message: OutgoingOf<M>, options: WaitOptions = {}): Promise<SessionId> {
    const session = message.session ?? this.#newSession();
    await this.#recovered(to, options);
    const messages = this.#mesh.directory.names(to).map((name) => ({ ...message, to: name }));
    const sent = await Promise.all(messages.map((message) => this.#postIfPresent(message, session, options)));
    this.#sessions.add(session, sent.flat());
    return session;
  }

  /**
   * Sends one message to every peer of a component, or to all with `*`, and waits for one reply of each
   * that lives. A peer that leaves meanwhile is left out.
   *
   * @param options `timeout`: default 60 000 ms. `min`: replies that are enough; then stragglers have `grace` ms more.
   */
  async ask(to: string, message: OutgoingOf<M>, options: GatherOptions = {}): Promise<MessageOf<M>[]> {
    const session = message.session ?? this.#newSession();
    await this.#recovered(to, options);
    const messages = this.#mesh.directory.names(to).map((name) => ({ ...message, to: name }));
    return this.#exchange(messages, session, options, "leave-out");
  }

  /**
   * Waits for the replies to what was sent under a session: one for each message, peers that left excepted.
   * Replies that already wait to be received are taken from there.
   *
   * @param options `timeout`: default 60 000 ms.
   * @throws ERR_CONFIG for a session that this proxy did not open, or opened too long ago (16,384 are remembered).
   */
  async collect(
    sessions: SessionId | readonly SessionId[],
    options: GatherOptions = {},
  ): Promise<MessageOf<M>[]> {
    this.#mesh.assertOpen();
    const wanted = typeof sessions === "string" ? [sessions] : sessions;
    const sent = wanted.flatMap((session) => {
      const known = this.#sessions.lookup(session);
      if (known) return known;
      throw new TroupeError(
        "ERR_CONFIG",
        `Nothing was sent by "${this.name}" under the session "${session}", or it was too long ago.`,
        { details: { session } },
      );
    });
    return this.#gatherLate(sent, options);
  }

  /**
   * Messages as they arrive. Ends when the proxy is closed, when the signal aborts, or when `timeout` ms
   * bring none. Several may receive at once: each message goes to one of them.
   *
   * @throws The error of a proxy that was lost.
   */
  receive(options: WaitOptions = {}): AsyncIterableIterator<MessageOf<M>> {
    return messagesOf(this.#mesh.inbox, options) as AsyncIterableIterator<MessageOf<M>>;
  }

  /** The next message; `undefined` when `timeout` ms bring none or the proxy is closed. @throws ERR_CANCELLED */
  async receiveOnce(options: WaitOptions = {}): Promise<MessageOf<M> | undefined> {
    try {
      return (await this.#mesh.inbox.take(options)) as MessageOf<M> | undefined;
    } catch (error) {
      if (isTroupeError(error, "ERR_TIMEOUT")) return undefined;
      throw error;
    }
  }

  /**
   * Answers a message, once.
   *
   * @throws ERR_PROTOCOL when it was answered or forwarded already; ERR_PEER_LEFT; and as {@link send}.
   */
  async reply(message: Message, reply: Reply = {}, options: WaitOptions = {}): Promise<void> {
    const wire = groupMessage({
      id: this.#mesh.nextId(),
      type: reply.type ?? message.type,
      session: (message as Received)[namedSession] ? message.session : undefined,
      inReplyTo: message.id,
      body: reply.body,
    });
    await this.#answer(message, () => this.#mesh.answer(message.source, wire, options));
  }

  /** Tells the sender of a message that it could not be handled: its request rejects with `error`. */
  async reject(message: Message, error: Error, options: WaitOptions = {}): Promise<void> {
    const wire = failure(message.id, error);
    await this.#answer(message, () => this.#mesh.answer(message.source, wire, options));
  }

  /** Whether the message was replied to, rejected or forwarded by this proxy. */
  isAnswered(message: Message): boolean {
    return (message as Received)[answered] === true;
  }

  /**
   * Passes a message on as it is: the reply of whoever gets it goes to the first sender.
   *
   * @throws ERR_PROTOCOL when it was answered or forwarded already; and as {@link send}.
   */
  async forward(message: Message, to: string, options: WaitOptions = {}): Promise<void> {
    const wire = groupMessage(message);
    await this.#answer(message, () =>
      message.inReplyTo === undefined
        ? this.#mesh.post(to, wire, options)
        : this.#mesh.answer(to, wire, options),
    );
  }

  /**
   * Leaves the group, sends what was accepted (for a second at most), and lets go of every socket.
   * Those who wait are told: `receive` ends, requests reject with ERR_CLOSED. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @param cause Why, when it was not asked for. */
  async #close(cause?: Error): Promise<void> {
    const state = cause ? `was lost: ${cause.message}` : "is closed.";
    this.#mesh.inbox.close(cause);
    await this.#mesh.close(
      () =>
        new TroupeError("ERR_CLOSED", `The proxy "${this.name}" of the group "${this.group}" ${state}`, {
          ...(cause && { cause }),
        }),
    );
    if (this.#standing.ownsRegistry) await this.#standing.registry.close();
  }

  /** Waits for the declared peers; when the time is over, for no more than the fewest that are enough. */
  async #assemble(timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const { peers, minPeers } = this.#standing.settings;
    try {
      await this.#mesh.quorum.wait(peers, { timeout: Math.max(0, Math.round(timeout)), signal });
    } catch (error) {
      const enough = { ...peers, ...minPeers };
      if (!isTroupeError(error, "ERR_PEERS_MISSING") || !this.#mesh.quorum.isMet(enough)) throw error;
      this.#standing.log.warn(
        { group: this.group, name: this.name, ...error.details },
        "going on without all peers",
      );
    }
  }

  /** Waits until a component that fell below its `minPeers` has them again. */
  async #recovered(component: string, options: WaitOptions): Promise<void> {
    this.#mesh.assertOpen();
    const { minPeers, joinTimeout } = this.#standing.settings;
    const needs = component === "*" ? minPeers : { [component]: minPeers[component] ?? 0 };
    await this.#mesh.quorum.wait(needs, {
      timeout: Math.min(joinTimeout, options.timeout ?? Infinity),
      signal: options.signal,
    });
  }

  #post(
    id: number,
    to: string,
    { type, body }: Outgoing,
    session: string | undefined,
    options: WaitOptions,
  ): void | Promise<void> {
    if (typeof type !== "string" || type === "") {
      throw new TroupeError(
        "ERR_CONFIG",
        `A message needs a type, a string that is not empty; it has ${JSON.stringify(type)}.`,
      );
    }
    return this.#mesh.post(to, groupMessage({ id, type, session, body }), options);
  }

  /** Posts one message of a broadcast; gives it, or nothing when its peer has left. */
  async #postIfPresent(
    message: Outgoing & { readonly to: string },
    session: string,
    options: WaitOptions,
  ): Promise<Sent[]> {
    const id = this.#mesh.nextId();
    try {
      await this.#post(id, message.to, message, session, options);
      return [{ id, destination: message.to }];
    } catch (error) {
      if (isTroupeError(error, "ERR_PEER_LEFT")) return [];
      throw error;
    }
  }

  /** Sends several messages and gathers the replies. */
  async #exchange(
    messages: readonly (Outgoing & { readonly to: string })[],
    session: string,
    options: GatherOptions,
    whenPeerLeaves: WhenPeerLeaves,
  ): Promise<MessageOf<M>[]> {
    const { pending } = this.#mesh;
    const timeout = options.timeout ?? defaultRequestTimeout;
    const sent = messages.map(({ to }) => ({ id: this.#mesh.nextRequestId(), destination: to }));
    const { replies, abandon } = gather(pending, sent, { ...options, timeout }, whenPeerLeaves);
    const fail = (id: number, error: unknown) => {
      if (isTroupeError(error, "ERR_PEER_LEFT")) pending.fail(id, error);
      else abandon(error as Error);
    };
    try {
      messages.forEach((message, index) => {
        const { id, destination } = sent[index] as Sent;
        // Once the gathering is over, the rest need not go out.
        if (!pending.has(id)) return;
        try {
          const wait = this.#post(id, destination, message, message.session ?? session, options);
          if (wait) wait.catch((error: unknown) => fail(id, error));
        } catch (error) {
          fail(id, error);
        }
      });
      return (await replies) as MessageOf<M>[];
    } catch (error) {
      throw withLocalStack(error, `gathering replies at "${this.name}"`);
    }
  }

  /** Gathers the replies to what was sent before: some of them may wait in the inbox. */
  async #gatherLate(sent: readonly Sent[], options: GatherOptions): Promise<MessageOf<M>[]> {
    const { pending, inbox, failures } = this.#mesh;
    const ids = new Set(sent.map(({ id }) => id));
    const early = inbox.extract(({ inReplyTo }) => inReplyTo !== undefined && ids.has(inReplyTo));
    const answered = new Set(early.map(({ inReplyTo }) => inReplyTo));
    const open = sent.filter(
      ({ id, destination }) => answered.has(id) || failures.has(id) || this.#mesh.isPresent(destination),
    );
    const timeout = options.timeout ?? defaultRequestTimeout;
    const { replies } = gather(pending, open, { ...options, timeout }, "leave-out");
    for (const message of early) pending.settle(message.inReplyTo ?? NaN, message);
    for (const { id } of open) {
      const failure = failures.take(id);
      if (failure) pending.fail(id, failure);
    }
    try {
      return (await replies) as MessageOf<M>[];
    } catch (error) {
      throw withLocalStack(error, `gathering replies at "${this.name}"`);
    }
  }

  /** Answers a message by `accept`; one whose answer could not be accepted may be answered again. */
  #answer(message: Received, accept: () => void | Promise<void>): void | Promise<void> {
    if (message[answered]) {
      throw new TroupeError(
        "ERR_PROTOCOL",
        `The message "${message.type}" of "${message.source}" was answered or forwarded already. Send a message of its own for more.`,
        { details: { id: message.id, type: message.type, source: message.source } },
      );
    }
    message[answered] = true;
    const withdraw = (error: unknown): never => {
      message[answered] = false;
      throw error;
    };
    try {
      return accept()?.catch(withdraw);
    } catch (error) {
      return withdraw(error);
    }
  }

  #failOnAbort(id: number, to: string, signal: AbortSignal, reply: Promise<Message>): void {
    const fail = (error: TroupeError) => this.#mesh.pending.fail(id, error);
    const disarm = armDeadline(`request to "${to}"`, { signal }, fail);
    reply.then(disarm, disarm);
  }

  #newSession(): SessionId {
    return defaultSession(this.name, this.#mesh.nextId());
  }

  #announce({ joined, rejoined, left }: DirectoryChange): void {
    for (const { name } of left) this.#sessions.bid(name);
    for (const peer of left) this.#emit("peer-left", peer);
    for (const peer of joined) this.#emit("peer-joined", peer);
    for (const peer of rejoined) this.#emit("peer-rejoined", peer);
  }

  #emit(event: "peer-left" | "peer-joined" | "peer-rejoined", { name, component }: Member): void {
    this.#tell(event, name, () => this.emit(event, { name, component }));
  }

  /** A listener that throws is its author's trouble, not the proxy's. */
  #tell(event: string, subject: string, emit: () => void): void {
    try {
      emit();
    } catch (error) {
      this.#standing.log.error({ err: error, event, name: subject }, "a listener threw");
    }
  }

  #lose(error: Error): void {
    if (this.#closing) return;
    this.#standing.log.error({ err: error, group: this.group, name: this.name }, "the proxy is lost");
    this.#closing = this.#close(error);
    this.#tell("lost", this.name, () => this.emit("lost", error));
  }
}
