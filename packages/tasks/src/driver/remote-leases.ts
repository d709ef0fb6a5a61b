import type { Node } from "@troupe/cluster";
import { Batcher } from "@troupe/core";

import { type FromDriver, grantOp, leaseOp, type ToDriver } from "../wire.js";
import type { Leased, LeaseHolder, Leases } from "./leases.js";

/** The way to the scheduler, from a pool. */
export class RemoteLeases implements Leases {
  /** Those that asked and have not finished, by the number under which they are known there. */
  readonly #tasks = new Map<number, Leased>();
  readonly #outgoing: Batcher<ToDriver>;
  #last = 0;

  constructor(
    node: Node,
    private readonly holder: LeaseHolder,
  ) {
    this.#outgoing = new Batcher((messages) => node.tell(node.head, leaseOp, messages));
    node.serve(grantOp, (messages) => {
      for (const message of messages as readonly FromDriver[]) this.#hear(message);
      this.holder.flush();
    });
  }

  request(task: Leased): void {
    task.id = ++this.#last;
    this.#tasks.set(task.id, task);
    const { id, fn = "", needs, scheduling, args = null, shared, isAgain } = task;
    this.#outgoing.add(["request", id, fn, needs, scheduling, args, shared ?? null, isAgain]);
  }

  cancel(lease: number): void {
    this.#tasks.delete(lease);
    this.#outgoing.add(["cancel", lease]);
  }

  finished(lease: number, ms: number): void {
    this.#tasks.delete(lease);
    this.#outgoing.add(["finished", lease, ms]);
  }

  blocked(lease: number): void {
    this.#outgoing.add(["blocked", lease]);
  }

  unblocked(lease: number): void {
    this.#outgoing.add(["unblocked", lease]);
  }

  stuck(worker: string): void {
    this.#outgoing.add(["stuck", worker]);
  }

  #hear(message: FromDriver): void {
    const task = this.#tasks.get(message[1]);
    // One that was cancelled while the grant was on its way: the driver has heard of that by now.
    if (!task) return;
    switch (message[0]) {
      case "granted":
        return this.holder.granted(task, message[2], message[3]);
      case "refused":
        this.#tasks.delete(message[1]);
        return this.holder.refused(task, message[2]);
      case "recall":
        return this.holder.recall(task);
    }
  }
}
