import type { ActorCare, ActorRecord, Grant, Verdict } from "@troupe/cluster";
import { type TroupeError } from "@troupe/core";

import { childFailed } from "../cell/lifecycle.js";
import type { ActorRuntime } from "../runtime/runtime.js";

const childFailedOp = "child-failed";

/** What a parent is told of its child. */
interface Failure {
  readonly parent: number;
  readonly child: ActorRecord;
  readonly error: TroupeError;
}

/** Lets parents of this process hear of children that failed. */
export function serveParents(runtime: ActorRuntime): void {
  runtime.node.serve(childFailedOp, async (told) => {
    const { parent, child, error } = told as Failure;
    const cell = runtime.cell(parent);
    const verdict = cell && (await childFailed(cell, runtime.references.to(child), error));
    return verdict === "stop" || verdict === "escalate" ? verdict : undefined;
  });
}

/** What the cluster's supervisor has done to actors. */
export class Care implements ActorCare {
  /** @param runtime That of the driver. */
  constructor(private readonly runtime: ActorRuntime) {}

  make(
    actor: ActorRecord,
    recipe: unknown,
    parent: ActorRecord | undefined,
    grant: Grant | undefined,
  ): Promise<void> {
    return this.runtime.creator.remake(actor, recipe, parent, grant);
  }

  stop(actor: ActorRecord, reason: string): Promise<void> {
    return this.#end(actor, this.runtime.endings.stop(actor, reason));
  }

  passivate(actor: ActorRecord, reason: string): Promise<void> {
    return this.#end(actor, this.runtime.endings.passivate(actor, reason));
  }

  drop(actor: ActorRecord, reason: string): Promise<void> {
    return this.#end(actor, this.runtime.endings.drop(actor, reason));
  }

  async childFailed(parent: ActorRecord, child: ActorRecord, error: TroupeError): Promise<Verdict> {
    const failure: Failure = { parent: parent.id, child, error };
    return (await this.runtime.node.request(parent.pool, childFailedOp, failure)) as Verdict;
  }

  async #end({ path }: ActorRecord, ended: Promise<void>): Promise<void> {
    try {
      await ended;
    } catch (error) {
      this.runtime.node.log.warn({ err: error, actor: path }, "an actor did not stop");
    }
  }
}
