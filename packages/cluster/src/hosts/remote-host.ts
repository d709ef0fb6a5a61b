import { type Deferred, deferred, isTroupeError, TroupeError } from "@troupe/core";

import type { PoolOptions } from "../agent/pool-options.js";
import type { Node } from "../node/node.js";
import type { OutputLine } from "../output/output-sink.js";
import { type AgentNews, agentOp, type AgentRequest } from "./agent-messages.js";
import type { HostEvents, HostPort } from "./host-port.js";

/** Milliseconds for an agent to end all its pools. */
const closeLimit = 12_000;

/** The agent of a host that is a process of its own, as the head has it. */
export class RemoteHost implements HostPort {
  /** There while nothing more is to be read. */
  #full: Deferred<void> | undefined;

  /** @param name Of the host, and of the process that is its agent. */
  constructor(
    private readonly node: Node,
    readonly name: string,
    private readonly events: HostEvents,
  ) {}

  async addPool(name: string, options: PoolOptions): Promise<void> {
    await this.#ask(["add", name, options]);
  }

  startPool(name: string): void {
    this.#tell(["start", name]);
  }

  async ensurePool(name: string): Promise<void> {
    try {
      await this.#ask(["ensure", name]);
    } catch (error) {
      if (!isTroupeError(error, "ERR_ACTOR_DIED")) throw error;
      const message = `The pool "${name}" did not start: ${this.name}, its host, was lost.`;
      throw new TroupeError("ERR_ACTOR_START", message, {
        cause: error,
        retryable: true,
        details: { pool: name, host: this.name },
      });
    }
  }

  killPool(name: string): void {
    this.#tell(["kill", name]);
  }

  async removePool(name: string): Promise<void> {
    await this.#ask(["remove", name]);
  }

  flow(flowing: boolean): void {
    if (!flowing) this.#full ??= deferred();
    else {
      this.#full?.resolve();
      this.#full = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#ask(["close"], closeLimit);
  }

  /** What it tells of its pools. */
  hear([what, pool, ...about]: AgentNews): void {
    const { events } = this;
    if (what === "starting") events.onStarting(pool);
    else if (what === "up") events.onUp(pool, ...(about as RestOf<"up">));
    else events.onDown(pool, ...(about as RestOf<"down">));
  }

  /** Lines of its pools. Settles once there is room for more. */
  async read(lines: readonly OutputLine[]): Promise<void> {
    for (const line of lines) if (!this.events.onLine(line)) this.flow(false);
    await this.#full?.promise;
  }

  #ask(request: AgentRequest, timeout?: number): Promise<unknown> {
    return this.node.request(this.name, agentOp, request, { timeout });
  }

  #tell(request: AgentRequest): void {
    this.node.tell(this.name, agentOp, request);
  }
}

/** What follows the pool's name. */
type RestOf<K extends AgentNews[0]> =
  Extract<AgentNews, readonly [K, ...unknown[]]> extends readonly [K, string, ...infer Rest] ? Rest : never;
