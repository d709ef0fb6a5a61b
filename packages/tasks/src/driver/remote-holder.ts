import type { Node } from "@troupe/cluster";
import { TroupeError } from "@troupe/core";

import type { SharedNeeds } from "../definition/plan.js";
import { needsOf } from "../definition/plan.js";
import type { TaskNeeds } from "../schedule/amounts.js";
import type { Scheduling } from "../schedule/task.js";
import { type FromDriver, grantOp, type ToDriver } from "../wire.js";
import type { Leased, LeaseHolder, Leases, StoredArgument } from "./leases.js";

type PlaceWanted = Extract<ToDriver, readonly ["request", ...unknown[]]>;

/** A task of a pool, as the driver knows it. */
class RemoteTask implements Leased {
  id = 0;

  constructor(
    readonly holder: RemoteHolder,
    readonly submitter: string,
    /** Its number at the pool. */
    readonly number: number,
    readonly fn: string,
    readonly needs: TaskNeeds,
    readonly scheduling: Scheduling,
    readonly args: readonly StoredArgument[] | undefined,
    readonly shared: SharedNeeds | undefined,
    readonly isAgain: boolean,
  ) {}
}

/** A pool that submits tasks, as the driver knows it. */
export class RemoteHolder implements LeaseHolder {
  /** Those that asked and have not finished, by their numbers at the pool. */
  readonly #tasks = new Map<number, RemoteTask>();
  #outgoing: FromDriver[] = [];

  constructor(
    private readonly node: Node,
    private readonly pool: string,
    private readonly leases: Leases,
  ) {}

  receive(messages: readonly ToDriver[]): void {
    for (const message of messages) this.#hear(message);
  }

  granted(task: Leased, worker: string, devices?: readonly string[]): void {
    const { number } = task as RemoteTask;
    this.#outgoing.push(devices ? ["granted", number, worker, devices] : ["granted", number, worker]);
  }

  refused(task: Leased, error: Error): void {
    const { number } = task as RemoteTask;
    this.#tasks.delete(number);
    this.#outgoing.push(["refused", number, error]);
  }

  recall(task: Leased): void {
    this.#outgoing.push(["recall", (task as RemoteTask).number]);
  }

  flush(): void {
    if (this.#outgoing.length === 0) return;
    this.node.tell(this.pool, grantOp, this.#outgoing);
    this.#outgoing = [];
  }

  /** The pool ended: nobody waits for its tasks. */
  close(): void {
    for (const { id } of this.#tasks.values()) this.leases.cancel(id);
    this.#tasks.clear();
  }

  #hear(message: ToDriver): void {
    const [what, about] = message;
    if (what === "stuck") return this.leases.stuck(about);
    if (what === "request") return this.#request(message);
    const task = this.#tasks.get(about);
    if (!task) return;
    switch (what) {
      case "cancel":
        this.#tasks.delete(about);
        return this.leases.cancel(task.id);
      case "finished":
        this.#tasks.delete(about);
        return this.leases.finished(task.id, message[2]);
      case "blocked":
      case "unblocked":
        return this.leases[what](task.id);
    }
  }

  #request([, number, fn, needs, scheduling, args, shared, isAgain]: PlaceWanted): void {
    if (!Number.isSafeInteger(number) || typeof needs?.cpu !== "number")
      throw new TroupeError("ERR_PROTOCOL", `"${this.pool}" asked for a place for a task that is none.`);
    const task = new RemoteTask(
      this,
      this.pool,
      number,
      fn,
      needsOf(needs.cpu),
      scheduling,
      args ?? undefined,
      shared ?? undefined,
      isAgain,
    );
    this.#tasks.set(number, task);
    this.leases.request(task);
  }
}
