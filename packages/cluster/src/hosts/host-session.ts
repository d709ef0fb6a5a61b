import { type Deferred, deferred, isTroupeError, sweepRuntimeDirectory, TroupeError } from "@troupe/core";

import { HostAgent } from "../agent/host-agent.js";
import { BrainClient } from "../brain/brain-client.js";
import { hearNews } from "../node/news.js";
import { Node } from "../node/node.js";
import { AgentReports, serveAgent } from "./agent-service.js";
import { type Farewell, type HostIntroduction, joinOp, leaveOp } from "./greeting.js";
import { type HostTerms, machineFacts } from "./host-terms.js";
import { type Admission, knock } from "./knock.js";

/** How a host's part in a cluster ended. */
export interface SessionEnd {
  readonly reason: string;
  /** Whether the cluster or this host was closed, rather than lost. */
  readonly isFinal: boolean;
}

/** Milliseconds for the head to stop actors here, and to have the pools ended. */
const leaveLimit = 15_000;

/** One stay of this machine in a cluster, under one name. */
export class HostSession {
  readonly name: string;
  readonly #node: Node;
  readonly #agent: HostAgent;
  readonly #ended: Deferred<SessionEnd> = deferred();
  #onOver: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  private constructor(
    private readonly admission: Admission,
    node: Node,
    terms: HostTerms,
  ) {
    const { namespace, settings, head } = admission.welcome;
    this.name = node.name;
    this.#node = node;
    this.#agent = new HostAgent({
      program: terms.program,
      host: node.name,
      namespace,
      settings,
      network: { listen: admission.listen, key: terms.key.text },
      log: terms.log,
      events: new AgentReports(node, () => this.#agent.flow(true)),
    });
    hearNews(node);
    serveAgent(node, this.#agent, () => {
      // When the head has been answered.
      setImmediate(() => void this.#end("the cluster was closed", true));
    });
    node.introduce(head);
    process.on("exit", this.#exit);
  }

  /** Joins. @throws as {@link joinHost} */
  static async open(terms: HostTerms): Promise<HostSession> {
    const { address, key, timeout, limits, log, onNode } = terms;
    const admission = await knock({ address, key, kind: "host", timeout });
    const { welcome, tether } = admission;
    let session: HostSession | undefined;
    try {
      const node = await Node.open({
        name: welcome.name,
        component: "host",
        host: welcome.name,
        head: welcome.head.name,
        agent: welcome.name,
        brain: (of) => new BrainClient(of),
        remote: { listen: admission.listen, key },
        limits,
        log,
      });
      session = new HostSession(admission, node, terms);
      // What runs left behind that nobody cleaned up after.
      sweepRuntimeDirectory();
      session.#onOver = onNode?.(node);
      await session.#join(terms);
      return session;
    } catch (error) {
      tether.end("it could not join");
      if (session) await session.#end("it could not join", true);
      throw error;
    }
  }

  /** How this stay ended; nothing of it is left then. Never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  /** Has its actors stop, or move, and ends its pools in order. */
  async leave(): Promise<void> {
    const { head, log } = this.#node;
    // Who is ending already needs no leave.
    if (!this.#ending) {
      await this.#node.request(head, leaveOp, null, { timeout: leaveLimit }).catch((error: unknown) => {
        log.warn({ err: error, host: this.name }, "the head did not let this host go in order");
      });
    }
    await this.#end("it left", true, () => this.#agent.close());
  }

  async #join({ machine, pools, timeout, address }: HostTerms): Promise<void> {
    const { welcome, tether } = this.admission;
    tether.hold(welcome.lease, "guest");
    tether.listen({
      onMessage: (message) => {
        const { bye } = (message ?? {}) as Partial<Farewell>;
        if (typeof bye === "string") void this.#end(bye, false);
      },
      onBroken: (reason) => void this.#end(reason, false),
    });
    const member = this.#node.transport.self;
    const introduction: HostIntroduction = { member, ...machineFacts(), machine, pools };
    try {
      this.#agent.serve({ head: welcome.head, agent: member });
      await this.#node.request(welcome.head.name, joinOp, introduction, { timeout });
    } catch (error) {
      if (!isTroupeError(error, "ERR_TIMEOUT")) throw error;
      throw new TroupeError(
        "ERR_TIMEOUT",
        `The head at ${address} let this host in, and they could not reach each other within ${timeout} ms. Processes of a cluster talk to each other at ports that the system picks: let those of ${this.admission.listen} through as well.`,
        { cause: error, details: { address, timeout } },
      );
    }
  }

  #end(reason: string, isFinal: boolean, closeAgent = () => this.#agent.kill()): Promise<void> {
    return (this.#ending ??= this.#finish({ reason, isFinal }, closeAgent));
  }

  async #finish(end: SessionEnd, closeAgent: () => Promise<void>): Promise<void> {
    await closeAgent();
    // What it still has to say arrives before it is gone.
    await this.#node.close();
    this.#onOver?.();
    this.admission.tether.end(end.reason);
    process.off("exit", this.#exit);
    this.#ended.resolve(end);
  }

  /** This process exits, and has not left. */
  readonly #exit = () => this.#node.transport.destroy();
}
