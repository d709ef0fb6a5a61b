import type { Node } from "@troupe/cluster";
import { Kind, type WireMessage, TroupeError } from "@troupe/core";

import type { Call } from "../cell/call.js";
import { StreamInbox } from "../stream/inbox.js";
import { type ProducerHost, StreamProducer } from "../stream/producer.js";
import { InboxStream } from "../stream/remote-stream.js";
import type { StreamLike } from "../stream/stream-like.js";
import { asError } from "./as-error.js";
import { ByPeer } from "./by-peer.js";
import { EarlyCancels } from "./early-cancels.js";
import { withLocalStack } from "./local-stack.js";

/**
 * What is between this process and others for longer than a message and its answer: streams that are produced here or
 * there, and calls that their callers may cancel.
 */
export class Streams implements ProducerHost {
  readonly #producers = new ByPeer<StreamProducer>();
  readonly #inboxes = new Map<number, StreamInbox>();
  readonly #cancellable = new ByPeer<Call>();
  readonly #early = new EarlyCancels();

  constructor(private readonly node: Node) {
    node.on(Kind.streamItem, ([, id, items], from) => this.#receive(id as number, items as unknown[], from));
    node.on(Kind.streamEnd, ([, id]) => this.#take(id as number)?.end());
    node.on(Kind.streamCredit, ([, id, count], from) =>
      this.#producers.get(from, id as number)?.grant(count as number),
    );
    node.on(Kind.cancel, ([, id], from) => this.#cancel(from, id as number));
    node.on(Kind.error, ([, id, error], from) => this.#fail(id as number, asError(error), from));
    node.onGone((process, { reason }) => this.#gone(process, reason));
  }

  /** Whether somebody here waits for an item. */
  get isAwaited(): boolean {
    for (const inbox of this.#inboxes.values()) if (inbox.isAwaited) return true;
    return false;
  }

  /** Sends a call's result item by item. */
  produce(call: Call, stream: StreamLike): void {
    this.#producers.set(call.from!, call.id, new StreamProducer(call, stream, this));
  }

  /** Its caller may cancel this call, or has already. */
  allowCancel(call: Call): void {
    const { from, id } = call;
    if (this.#early.has(from!, id)) call.drop(gaveUp(from!));
    else this.#cancellable.set(from!, id, call);
  }

  /** The call is answered. */
  settled(call: Call): void {
    if (call.terms) this.#cancellable.delete(call.from!, call.id);
  }

  send({ from, id }: Call, kind: number, ...fields: unknown[]): void {
    this.#post(from!, [kind, id, ...fields]);
  }

  onEnd({ call }: StreamProducer): void {
    this.#producers.delete(call.from!, call.id);
  }

  #receive(id: number, items: readonly unknown[], from: string): void {
    const inbox = this.#inboxes.get(id);
    if (inbox) return inbox.push(items);
    const opened = new StreamInbox(
      from,
      (count) => this.#post(from, [Kind.streamCredit, id, count]),
      () => {
        this.#inboxes.delete(id);
        this.#post(from, [Kind.cancel, id]);
      },
    );
    this.#inboxes.set(id, opened);
    // Whoever called may have given up meanwhile.
    if (!this.node.pending.settle(id, new InboxStream(opened))) opened.close();
  }

  #fail(id: number, error: Error, from: string): void {
    const inbox = this.#take(id);
    if (inbox) return inbox.end({ error });
    const failure = withLocalStack(error, from);
    if (!this.node.pending.settle(id, failure)) failure.catch(() => {});
  }

  #take(id: number): StreamInbox | undefined {
    const inbox = this.#inboxes.get(id);
    this.#inboxes.delete(id);
    return inbox;
  }

  #cancel(from: string, id: number): void {
    const producer = this.#producers.get(from, id);
    const call = this.#cancellable.get(from, id);
    if (!producer && !call) return this.#early.add(from, id);
    producer?.cancel(gaveUp(from));
    call?.cancel(gaveUp(from));
    this.#cancellable.delete(from, id);
  }

  #gone(process: string, why: string): void {
    const reason = () =>
      new TroupeError("ERR_ACTOR_DIED", `The process "${process}" ${why}.`, { details: { process } });
    this.#early.forget(process);
    for (const producer of this.#producers.take(process)) producer.cancel(reason());
    for (const call of this.#cancellable.take(process)) call.cancel(reason());
    for (const [id, inbox] of this.#inboxes)
      if (inbox.from === process) this.#take(id)?.end({ error: reason() });
  }

  /** @throws ERR_NOT_SERIALIZABLE, ERR_MESSAGE_TOO_LARGE */
  #post(to: string, message: WireMessage): void {
    this.node.transport.answer(to, message)?.catch((error: unknown) => {
      this.node.log.debug({ err: error, to }, "nobody is there for a part of a stream");
    });
  }
}

function gaveUp(caller: string): TroupeError {
  return new TroupeError("ERR_CANCELLED", `The caller in ${caller} gave up.`);
}
