import type { ActorRecord } from "@troupe/cluster";
import { isTroupeError } from "@troupe/core";

import type { Cell } from "../cell/cell.js";
import { shared } from "../shared.js";
import type { ActorRuntime } from "./runtime.js";

const endOp = "end-actor";

interface EndRequest {
  readonly id: number;
  readonly how: "stop" | "kill" | "passivate" | "drop";
  readonly reason: string;
}

/** Ends actors, wherever they live. */
export class Endings {
  constructor(private readonly runtime: ActorRuntime) {
    runtime.node.serve(endOp, (request, from) => this.#endFor(request as EndRequest, from));
  }

  /** Lets the actor finish what is in its mailbox, and ends it. One that ended already is no error. */
  stop(record: ActorRecord, reason: string): Promise<void> {
    const ended = this.#retire(record, "stop", reason);
    // Its own method, or one of what it made, would wait for itself.
    if (!isWithin(record)) return ended;
    ended.catch((error: unknown) =>
      this.runtime.node.log.warn({ err: error }, "an actor could not be stopped"),
    );
    return Promise.resolve();
  }

  /** Ends the actor at once. */
  kill(record: ActorRecord, reason: string): Promise<void> {
    return this.#retire(record, "kill", reason);
  }

  /** Stops an actor until it is needed again. */
  passivate(record: ActorRecord, reason: string): Promise<void> {
    return this.#ask(record, "passivate", reason);
  }

  /** Ends an actor at once that is made again. */
  drop(record: ActorRecord, reason: string): Promise<void> {
    return this.#ask(record, "drop", reason);
  }

  /** Stops what the actor made, but for the detached. Never rejects. */
  async stopChildren(cell: Cell): Promise<void> {
    if (!cell.hasChildren) return;
    const { brain, log } = this.runtime.node;
    try {
      const children = (await brain.children(cell.record.id)).filter(({ id }) => !cell.detached?.has(id));
      await Promise.all(children.map((child) => this.stop(child, "its parent was stopped")));
    } catch (error) {
      log.warn({ err: error, actor: cell.record.path }, "the children of an actor could not all be stopped");
    }
  }

  /** Ends an actor for good, wherever it is now. */
  async #retire(record: ActorRecord, how: "stop" | "kill", reason: string): Promise<void> {
    const place = record.revives ? await this.runtime.node.brain.retire(record.id, reason) : record;
    if (place) await this.#ask(place, how, reason);
  }

  async #ask({ id, pool }: ActorRecord, how: EndRequest["how"], reason: string): Promise<void> {
    const { node } = this.runtime;
    const request: EndRequest = { id, how, reason };
    if (pool === node.name) return this.#end(request);
    try {
      await node.request(pool, endOp, request);
    } catch (error) {
      // It ended with its process.
      if (!isTroupeError(error, "ERR_ACTOR_DIED") && !isTroupeError(error, "ERR_PEER_LEFT")) throw error;
    }
  }

  /** Answers behind the news of the end: whoever hears the one and asks the brain is told of the other. */
  async #endFor(request: EndRequest, from: string): Promise<void> {
    await this.#end(request);
    const { brain, head } = this.runtime.node;
    // To the head itself that news goes by the same way as the answer.
    if (from !== head) await brain.locate(request.id);
  }

  async #end({ id, how, reason }: EndRequest): Promise<void> {
    const cell = this.runtime.cell(id);
    if (how === "kill") cell?.kill(reason);
    else if (how === "drop") cell?.drop(reason);
    else if (how === "passivate") await cell?.passivate(reason);
    else await cell?.stop(reason);
  }
}

/** Whether it is the actor that runs now, or one above that. */
function isWithin({ path }: ActorRecord): boolean {
  const current = shared.running.getStore()?.cell.record.path;
  return current !== undefined && (current === path || current.startsWith(`${path}/`));
}
