import type { Node } from "@troupe/cluster";

import type { WaitReport } from "./local-waits.js";
import { stuckIn, type WaitNode } from "./wait-graph.js";

/** Calls and mailboxes that one probe looks at. Where more are tied to each other it finds nothing. */
const maxNodes = 20_000;
/** Milliseconds that a process has to say what it knows. */
const answerTime = 2_000;

/** One look at the wait graph, from some mailboxes as far as it goes: each process is asked for its part. */
export class Probe {
  readonly graph = new Map<string, WaitNode>();
  /** Calls in other processes that are not asked for yet. */
  readonly #beyond = new Map<string, string>();

  /** @param starts The mailboxes: once none of them can be stuck, nobody is asked any more. */
  constructor(
    private readonly node: Node,
    private readonly op: string,
    private readonly starts: readonly string[],
  ) {}

  /** Whether there is something to ask, and an answer may matter. */
  get mayGoOn(): boolean {
    if (this.#beyond.size === 0 || this.graph.size > maxNodes) return false;
    // What is not known yet may be stuck.
    const hopeful = new Map(this.graph);
    for (const key of this.#beyond.keys()) hopeful.set(key, { key, waitsFor: [key] });
    const stuck = stuckIn(hopeful);
    return this.starts.some((key) => stuck.has(key));
  }

  /** What is known better now than before, and what else there is. */
  add({ nodes, beyond }: WaitReport): void {
    for (const node of nodes) this.graph.set(node.key, node);
    for (const [key, process] of beyond) if (!this.graph.has(key)) this.#beyond.set(key, process);
  }

  /** Asks each process for its part of what is known to be there. What it does not know goes on by itself. */
  async ask(): Promise<void> {
    const asked = new Map<string, string[]>();
    for (const [key, process] of this.#beyond) {
      const keys = asked.get(process);
      if (keys) keys.push(key);
      else asked.set(process, [key]);
    }
    this.#beyond.clear();
    const answers = await Promise.all([...asked].map(([process, keys]) => this.#ask(process, keys)));
    for (const report of answers) if (report) this.add(report);
    for (const keys of asked.values())
      for (const key of keys) if (!this.graph.has(key)) this.graph.set(key, { key, waitsFor: [] });
  }

  async #ask(process: string, keys: readonly string[]): Promise<WaitReport | undefined> {
    try {
      return (await this.node.request(process, this.op, keys, { timeout: answerTime })) as WaitReport;
    } catch (error) {
      this.node.log.debug({ err: error, process }, "a process did not say what its calls wait for");
      return undefined;
    }
  }
}
