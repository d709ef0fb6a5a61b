import { type Deferred, deferred } from "@troupe/core";

import { HostAgent } from "../agent/host-agent.js";
import { AgentReports, serveAgent } from "./agent-service.js";
import { Guest } from "./guest.js";
import { type HostTerms, machineFacts } from "./host-terms.js";

/** How a host's part in a cluster ended. */
export interface SessionEnd {
  readonly reason: string;
  /** Whether the cluster or this host was closed, rather than lost. */
  readonly isFinal: boolean;
}

/** One stay of this machine in a cluster, under one name. */
export class HostSession {
  readonly name: string;
  readonly #agent: HostAgent;
  readonly #ended: Deferred<SessionEnd> = deferred();
  #onOver: (() => void) | undefined;
  #ending: Promise<void> | undefined;

  private constructor(
    private readonly guest: Guest,
    terms: HostTerms,
  ) {
    const { node, welcome, listen } = guest;
    const { namespace, settings, head } = welcome;
    this.name = node.name;
    this.#agent = new HostAgent({
      program: terms.program,
      host: node.name,
      namespace,
      settings,
      network: { listen, key: terms.key.text },
      log: terms.log,
      events: new AgentReports(node, () => this.#agent.flow(true)),
    });
    this.#agent.serve({ head, agent: node.transport.self });
    serveAgent(node, this.#agent, () => {
      // When the head has been answered.
      setImmediate(() => void this.#end("the cluster was closed", true));
    });
  }

  /** Joins. @throws as {@link joinHost} */
  static async open(terms: HostTerms): Promise<HostSession> {
    const guest = await Guest.open({ ...terms, kind: "host" });
    const session = new HostSession(guest, terms);
    try {
      session.#onOver = terms.onNode?.(guest.node);
      const { machine, pools } = terms;
      await guest.join(
        { ...machineFacts(), machine, pools },
        ({ reason }) => void session.#end(reason, false),
      );
      return session;
    } catch (error) {
      await session.#end("it could not join", true);
      throw error;
    }
  }

  /** How this stay ended; nothing of it is left then. Never rejects. */
  get ended(): Promise<SessionEnd> {
    return this.#ended.promise;
  }

  /** Has its actors stop, or move, and ends its pools in order. */
  async leave(): Promise<void> {
    // Who is ending already needs no leave.
    if (!this.#ending) await this.guest.leave();
    await this.#end("it left", true, () => this.#agent.close());
  }

  #end(reason: string, isFinal: boolean, closeAgent = () => this.#agent.kill()): Promise<void> {
    return (this.#ending ??= this.#finish({ reason, isFinal }, closeAgent));
  }

  async #finish(end: SessionEnd, closeAgent: () => Promise<void>): Promise<void> {
    await closeAgent();
    await this.guest.close(end.reason, this.#onOver);
    this.#ended.resolve(end);
  }
}
