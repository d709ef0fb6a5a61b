import type { Socket } from "node:net";

import { deferred, type Deferred, type ErrorCode, errorCodes, TroupeError } from "@troupe/core";

import { frame } from "./frames.js";
import type { AnswerFrame, Operation, Operations, Request } from "./protocol.js";

/** Bytes that wait to be sent before further requests wait with their senders. */
const maxBacklog = 16 * 1024 * 1024;

/** An answer, and whether the request went out more than once. */
export interface Answer<O extends Operation> {
  readonly value: ReturnType<Operations[O]>;
  readonly resent: boolean;
}

interface Pending {
  readonly request: Request;
  readonly answer: Deferred<Answer<Operation>>;
  sent: number;
  /** Over which it was sent last. */
  socket: Socket | undefined;
}

/** Requests that have no answer yet, over however many connections it takes. */
export class Requests {
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;

  /**
   * Makes a request and sends it, when there is a connection.
   *
   * @throws What the signal says; what the server answered.
   */
  async make<O extends Operation>(
    socket: Socket | undefined,
    operation: O,
    args: Parameters<Operations[O]>,
    signal: AbortSignal,
  ): Promise<Answer<O>> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    const answer = deferred<Answer<Operation>>();
    const request = [id, operation, ...args] as unknown as Request;
    const pending: Pending = { request, answer, sent: 0, socket: undefined };
    this.#pending.set(id, pending);
    const abort = () => {
      this.#pending.delete(id);
      answer.reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (socket) this.#send(pending, socket);
      return await answer.promise;
    } finally {
      this.#pending.delete(id);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Sends what was not sent yet over this connection, in order. */
  sendAll(socket: Socket): void {
    for (const pending of this.#pending.values()) this.#send(pending, socket);
  }

  /** Takes an answer. One to a request that was given up is passed over. */
  answered([id, value, error]: AnswerFrame): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    if (error) pending.answer.reject(answeredError(error));
    else pending.answer.resolve({ value: value as Answer<Operation>["value"], resent: pending.sent > 1 });
  }

  /** Ends them all: there will be no connection any more. */
  abandon(): void {
    for (const { answer } of this.#pending.values()) answer.reject(new Error("the connection ended"));
    this.#pending.clear();
  }

  #send(pending: Pending, socket: Socket): void {
    if (pending.socket === socket || socket.writableLength > maxBacklog) return;
    pending.sent++;
    pending.socket = socket;
    socket.write(frame(pending.request));
  }
}

function answeredError([code, message]: readonly [string, string]): TroupeError {
  return new TroupeError(Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : "ERR_REGISTRY", message);
}
