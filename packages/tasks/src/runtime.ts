import type { Cluster, Node } from "@troupe/cluster";
import type { WaitOptions } from "@troupe/core";

import { Dispatcher } from "./driver/dispatcher.js";
import { RemoteLeases } from "./driver/remote-leases.js";
import type { TaskStats } from "./driver/task-stats.js";
import { TaskRunner } from "./runner/task-runner.js";
import { shared } from "./shared.js";
import { Submitter } from "./submit/submitter.js";
import { countWaits } from "./waits.js";
import { statsOp } from "./wire.js";

/** Tasks in one process of a cluster: those that it submits, and, in a pool, those that it runs. */
export class TaskRuntime {
  private constructor(
    readonly node: Node,
    readonly submitter: Submitter,
    private readonly dispatcher: Dispatcher | undefined,
    /** What runs the tasks of others; pools have one. */
    readonly runner: TaskRunner | undefined,
  ) {
    shared.runtimes.push(this);
    countWaits();
  }

  /** In the head of a cluster, which schedules the tasks of all. Its pools run {@link poolProgram}. */
  static inDriver(cluster: Cluster): TaskRuntime {
    const dispatcher = new Dispatcher(cluster);
    return new TaskRuntime(
      cluster.node,
      new Submitter(cluster.node, () => dispatcher),
      dispatcher,
      undefined,
    );
  }

  /** In a process that has joined a cluster, and runs no tasks. */
  static inGuest(node: Node): TaskRuntime {
    const submitter = new Submitter(node, (holder) => new RemoteLeases(node, holder));
    return new TaskRuntime(node, submitter, undefined, undefined);
  }

  /** @param cpu Cores of this pool. */
  static inPool(node: Node, cpu: number): TaskRuntime {
    const submitter = new Submitter(node, (holder) => new RemoteLeases(node, holder));
    return new TaskRuntime(node, submitter, undefined, new TaskRunner(node, cpu));
  }

  /** Whether somebody in this process waits for a task. */
  get isAwaited(): boolean {
    return shared.waiting > 0;
  }

  /**
   * How many tasks the cluster has, of all who submit some.
   *
   * @throws ERR_ACTOR_DIED, ERR_TIMEOUT, ERR_CANCELLED
   */
  async stats(options?: WaitOptions): Promise<TaskStats> {
    return (await this.node.request(this.node.head, statsOp, null, options)) as TaskStats;
  }

  /** What is not over fails with ERR_CLOSED; what runs here may end. Idempotent. */
  async close(): Promise<void> {
    const at = shared.runtimes.indexOf(this);
    if (at === -1) return;
    shared.runtimes.splice(at, 1);
    this.dispatcher?.close();
    await this.runner?.close();
    this.submitter.close();
  }
}

/** The program that pools run in which there are actors and tasks. */
export const poolProgram = new URL("./pool-main.js", import.meta.url);
