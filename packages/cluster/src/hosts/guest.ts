import {
  type ClusterKey,
  isTroupeError,
  type Logger,
  sweepRuntimeDirectory,
  TroupeError,
  withDeadline,
} from "@troupe/core";
import type { Limits } from "@troupe/proxy";

import { BrainClient } from "../brain/brain-client.js";
import { hearNews } from "../node/news.js";
import { Node } from "../node/node.js";
import {
  type Farewell,
  type GuestKind,
  type Introduction,
  joinOp,
  leaveOp,
  type Welcome,
} from "./greeting.js";
import { type Admission, knock } from "./knock.js";

/** How a process is to be a guest. */
export interface GuestOptions {
  readonly address: string;
  readonly key: ClusterKey;
  readonly kind: GuestKind;
  /** Where names are unique that it asks for, when nothing else is said. Default: as the cluster has it. */
  readonly namespace?: string | undefined;
  /** Milliseconds for joining. */
  readonly timeout: number;
  readonly limits?: Partial<Limits> | undefined;
  readonly log: Logger;
}

/** How a guest's stay ended. */
export interface GuestEnd {
  readonly reason: string;
  /** Whether the head said so, rather than being lost. */
  readonly isSaid: boolean;
}

/** Milliseconds for the head to let a guest go. */
const leaveLimit = 15_000;

/** A process that joined a cluster: its name, its node, and the connection by which both know that the other lives. */
export class Guest {
  private constructor(
    private readonly options: GuestOptions,
    private readonly admission: Admission,
    readonly node: Node,
  ) {
    hearNews(node);
    node.introduce(this.welcome.head);
    process.on("exit", this.#exit);
  }

  /** Is let in, under a name, and can be reached. @throws as {@link knock} */
  static async open(options: GuestOptions): Promise<Guest> {
    const { key, kind, namespace, limits, log } = options;
    const admission = await knock(options);
    const { welcome, tether, listen } = admission;
    try {
      const { name, host, agent, head } = welcome;
      const node = await Node.open({
        name,
        component: kind,
        host,
        agent,
        head: head.name,
        brain: (of) => new BrainClient(of, namespace),
        remote: { listen, key },
        limits,
        log,
      });
      // What runs left behind that nobody cleaned up after.
      sweepRuntimeDirectory();
      return new Guest(options, admission, node);
    } catch (error) {
      tether.end("it could not join");
      throw error;
    }
  }

  get welcome(): Welcome {
    return this.admission.welcome;
  }

  /** Where it is reached from other machines. */
  get listen(): string {
    return this.admission.listen;
  }

  /**
   * Is part of the cluster when this is done.
   *
   * @param introduction What the head is to know, beside how it is reached.
   * @param onEnd The head has gone, or says that it does.
   * @throws What the head has against it; ERR_TIMEOUT when the two cannot reach each other.
   */
  async join(introduction: object, onEnd: (end: GuestEnd) => void): Promise<void> {
    const { tether } = this.admission;
    const { address, timeout } = this.options;
    tether.hold(this.welcome.lease, "guest");
    tether.listen({
      onMessage: (message) => {
        const { bye } = (message ?? {}) as Partial<Farewell>;
        if (typeof bye === "string") onEnd({ reason: bye, isSaid: true });
      },
      onBroken: (reason) => onEnd({ reason, isSaid: false }),
    });
    const { node } = this;
    try {
      const asked: Introduction = { ...introduction, member: node.transport.self };
      const joined = node.request(node.head, joinOp, asked);
      await withDeadline("joining", joined, { timeout });
    } catch (error) {
      if (!isTroupeError(error, "ERR_TIMEOUT")) throw error;
      throw new TroupeError(
        "ERR_TIMEOUT",
        `The head at ${address} let "${node.name}" in, and they could not reach each other within ${timeout} ms. Processes of a cluster talk to each other at ports that the system picks: let those of ${this.listen} through as well.`,
        { cause: error, details: { address, timeout } },
      );
    }
  }

  /** Asks to be let go, in order. Never rejects. */
  async leave(): Promise<void> {
    const { node } = this;
    await node.request(node.head, leaveOp, null, { timeout: leaveLimit }).catch((error: unknown) => {
      node.log.warn({ err: error, name: node.name }, "the head did not let this process go in order");
    });
  }

  /**
   * Says what is still to be said, and closes.
   *
   * @param onClosed Called when nothing more is said or heard, before the head knows that it is over.
   */
  async close(reason: string, onClosed?: () => void): Promise<void> {
    await this.node.close();
    onClosed?.();
    this.admission.tether.end(reason);
    process.off("exit", this.#exit);
  }

  /** This process exits, and has not closed. */
  readonly #exit = () => this.node.transport.destroy();
}
