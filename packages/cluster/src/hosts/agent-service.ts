import { Batcher, TroupeError } from "@troupe/core";

import type { HostAgent } from "../agent/host-agent.js";
import type { Node } from "../node/node.js";
import type { OutputLine } from "../output/output-sink.js";
import { agentLinesOp, type AgentNews, agentNewsOp, agentOp, type AgentRequest } from "./agent-messages.js";
import type { HostEvents } from "./host-port.js";

/** Characters of output on their way to the head, beyond which no more is read. */
const window = 1_048_576;

/** What an agent that is a process of its own tells the head of its pools. */
export class AgentReports implements HostEvents {
  readonly #lines = new Batcher<OutputLine>((lines) => void this.#send(lines));
  #onWay = 0;

  /** @param onRoom More may be read. */
  constructor(
    private readonly node: Node,
    private readonly onRoom: () => void,
  ) {}

  onStarting(pool: string): void {
    this.#tell(["starting", pool]);
  }

  onUp(...[pool, peer, restarts]: Parameters<HostEvents["onUp"]>): void {
    this.#tell(["up", pool, peer, restarts]);
  }

  onDown(...[pool, death, wasUp]: Parameters<HostEvents["onDown"]>): void {
    // What it wrote is heard before its end.
    this.#lines.flush();
    this.#tell(["down", pool, death, wasUp]);
  }

  onLine(line: OutputLine): boolean {
    this.#onWay += line.text.length;
    this.#lines.add(line);
    return this.#onWay <= window;
  }

  async #send(lines: readonly OutputLine[]): Promise<void> {
    // Nobody is there to hear them when that fails.
    await this.node.request(this.node.head, agentLinesOp, lines).catch(() => {});
    const wasFull = this.#onWay > window;
    for (const { text } of lines) this.#onWay -= text.length;
    if (wasFull && this.#onWay <= window) this.onRoom();
  }

  #tell(news: AgentNews): void {
    this.node.tell(this.node.head, agentNewsOp, news);
  }
}

/**
 * Lets the head have this agent do what it asks for.
 *
 * @param onClose All its pools were ended, as the head had asked.
 */
export function serveAgent(node: Node, agent: HostAgent, onClose: () => void): void {
  node.serve(agentOp, async (args, from) => {
    if (from !== node.head) throw new TroupeError("ERR_PROTOCOL", `"${from}" is not the head.`);
    const request = args as AgentRequest;
    if (request[0] === "close") {
      await agent.close();
      return onClose();
    }
    const [what, pool] = request;
    if (what === "add") return agent.addPool(pool, request[2]);
    if (what === "start") return agent.startPool(pool);
    if (what === "ensure") return agent.ensurePool(pool);
    if (what === "kill") return agent.killPool(pool);
    if (what === "remove") return agent.removePool(pool);
    throw new TroupeError("ERR_PROTOCOL", "The head asked for something that this agent does not know.");
  });
}
