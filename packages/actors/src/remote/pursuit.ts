import type { ActorRecord } from "@troupe/cluster";
import { armDeadline, isTroupeError } from "@troupe/core";

import { isMoved } from "../runtime/end-of.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import type { Handle } from "./handle.js";

/** How long a message may wait for its actor. */
export interface PursuitBound {
  /** In `performance.now()` milliseconds; `Infinity` for as long as it takes. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

interface Message extends PursuitBound {
  readonly order: number;
  readonly send: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  disarm: () => void;
}

/** Milliseconds before an actor is looked for again that was not where the brain says it is. */
const pause = 10;

/** Milliseconds in which a message that found its actor gone is answered. */
const patience = 100;

/** Errors of messages that never reached their actor. */
const unsent = new WeakSet<object>();

/** Notes that the message which this is the error of was not sent. */
export function markUnsent(error: Error): Error {
  return (unsent.add(error), error);
}

/**
 * The messages of this process to an actor that is made again when it is lost, perhaps elsewhere. One that found it gone
 * waits until it is there again, as do those after it: their order holds. One that may have begun is not sent again.
 */
export class Pursuit {
  #order = 0;
  /** Under way at the place that is known now. */
  #underWay = 0;
  /** Whether the place that is known may not be its place any more. */
  #isLost = false;
  #isMoving = false;
  #isLocated = false;
  readonly #waiting: Message[] = [];
  #patience: NodeJS.Timeout | undefined;

  constructor(
    private readonly runtime: ActorRuntime,
    private readonly handle: Handle,
  ) {}

  /** Sends a message, once or, if it did not reach its actor, again. */
  send(send: () => Promise<unknown>, { deadline, signal }: PursuitBound): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#begin({ order: this.#order++, send, deadline, signal, resolve, reject, disarm: () => {} });
    });
  }

  /** The process where it was has ended. */
  lose(): void {
    this.#isLost = true;
  }

  #begin(message: Message): void {
    if (this.#isLost || this.handle.record.pool === "") this.#move();
    if (this.#isMoving) this.#wait(message);
    else this.#run(message);
  }

  #run(message: Message): void {
    this.#underWay++;
    message.send().then(
      (value) => {
        this.#underWay--;
        message.resolve(value);
        this.#proceed();
      },
      (error: unknown) => {
        this.#underWay--;
        if (isUnsent(error, this.handle.record)) {
          this.#move();
          this.#wait(message);
        } else message.reject(error);
        this.#proceed();
      },
    );
  }

  #wait(message: Message): void {
    const at = this.#waiting.findIndex(({ order }) => order > message.order);
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, message);
    const { deadline, signal } = message;
    const timeout = deadline === Infinity ? undefined : Math.max(0, Math.ceil(deadline - performance.now()));
    message.disarm = armDeadline(`a message to ${this.handle.record.path}`, { timeout, signal }, (error) => {
      this.#waiting.splice(this.#waiting.indexOf(message), 1);
      message.reject(error);
    });
  }

  /** Looks for the actor, unless that has begun. */
  #move(): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    this.#isLost = this.#isLocated = false;
    this.runtime.moving.add(this);
    void this.#locate();
  }

  async #locate(): Promise<void> {
    const { record } = this.handle;
    try {
      const found = await this.runtime.node.brain.resolve(record.id);
      if (!found || "ended" in found) return await this.#abandon();
      // The news of its end has not come to the brain yet.
      if (found.incarnation === record.incarnation && found.pid === record.pid) await paused();
      this.handle.relocate(found);
      this.#isLocated = true;
      this.#proceed();
    } catch (error) {
      this.#settle();
      for (const { reject, disarm } of this.#take()) {
        disarm();
        reject(error);
      }
    }
  }

  /** It is not made again. */
  async #abandon(): Promise<void> {
    const messages = this.#take();
    this.#settle();
    for (const { reject, disarm } of messages) {
      disarm();
      reject(await this.runtime.endOf(this.handle.record));
    }
  }

  /**
   * Goes on where the actor is now, once it is known of all that is under way whether it found it gone. What has come
   * to the actor that took its place, in the same process, may run for long and is not waited for.
   */
  #proceed(): void {
    if (!this.#isMoving || !this.#isLocated) return;
    if (this.#underWay === 0) return this.#goOn();
    this.#patience ??= setTimeout(() => this.#goOn(), patience);
  }

  #goOn(): void {
    this.#settle();
    for (const message of this.#take()) {
      message.disarm();
      this.#begin(message);
    }
  }

  #settle(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#isMoving = false;
    this.runtime.moving.delete(this);
  }

  #take(): Message[] {
    return this.#waiting.splice(0);
  }
}

function isUnsent(error: unknown, record: ActorRecord): boolean {
  if (isMoved(error, record)) return true;
  if (!isTroupeError(error) || !unsent.has(error)) return false;
  return isTroupeError(error, "ERR_ACTOR_DIED") || isTroupeError(error, "ERR_PEER_LEFT");
}

function paused(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, pause);
  });
}
