import type { Node } from "@troupe/cluster";
import { decode, encode, Kind, TroupeError, type WireMessage } from "@troupe/core";

import type { Call } from "../cell/call.js";
import { LocalStream } from "../stream/local-stream.js";
import { storedResult } from "../remote/stored-call.js";
import { isStreamLike } from "../stream/stream-like.js";
import { asError } from "./as-error.js";
import type { Streams } from "./streams.js";

/** What becomes of the results of calls: handed to those who wait in this process, sent to those in others. */
export class Replies {
  constructor(
    private readonly node: Node,
    private readonly streams: Streams,
  ) {}

  result(call: Call, value: unknown): void {
    if (call.isStored) return this.#store(call, value);
    this.#give(call, value);
  }

  failure(call: Call, error: unknown): void {
    if (call.from === undefined) return call.reject!(error);
    this.streams.settled(call);
    this.post(call.from, [Kind.error, call.id, asError(error)]);
  }

  /** Sends what nobody answers, to a process that may be gone. */
  post(to: string, message: WireMessage): void {
    const gone = (error: unknown) => this.node.log.debug({ err: error, to }, "nobody is there for an answer");
    try {
      this.node.transport.answer(to, message)?.catch(gone);
    } catch (error) {
      gone(error);
    }
  }

  #give(call: Call, value: unknown): void {
    const { from, id } = call;
    if (from === undefined) return this.#hand(call, value);
    this.streams.settled(call);
    if (isStreamLike(value)) return this.#stream(call, value);
    try {
      const message: WireMessage = value === undefined ? [Kind.result, id] : [Kind.result, id, value];
      const sent = this.node.transport.answer(from, message);
      if (sent) sent.catch((error: unknown) => this.failure(call, error));
    } catch (error) {
      this.failure(call, error);
    }
  }

  /** Puts what came of it into the object store, and gives where. */
  #store(call: Call, value: unknown): void {
    try {
      if (isStreamLike(value)) return this.#stream(call, value);
      const result = storedResult(value);
      if (result instanceof Promise)
        result.then(
          (stored) => this.#give(call, stored),
          (error: unknown) => this.failure(call, error),
        );
      else this.#give(call, result);
    } catch (error) {
      this.failure(call, error);
    }
  }

  #hand(call: Call, value: unknown): void {
    const convert = call.cell.plan.isolate ? copy : same;
    try {
      call.resolve!(isStreamLike(value) ? new LocalStream(call, value, convert) : convert(value));
    } catch (error) {
      call.reject!(error);
    }
  }

  #stream(call: Call, value: Parameters<Streams["produce"]>[1]): void {
    if (call.kind === Kind.call && !call.isStored) return this.streams.produce(call, value);
    const { path } = call.cell.record;
    this.failure(
      call,
      new TroupeError(
        "ERR_NOT_SERIALIZABLE",
        `${path}.${call.name} gives a stream; call the method by itself.`,
      ),
    );
  }
}

function same(value: unknown): unknown {
  return value;
}

/** The value as another process would get it. */
export function copy(value: unknown): unknown {
  return decode(encode(value));
}
