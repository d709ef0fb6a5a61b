import { get, type ObjectRef } from "@troupe/dist";
import { objects } from "@troupe/objects";
import { waitUntil } from "@troupe/testkit";

import { randomOf } from "../../../../packages/testkit/src/chaos/random.js";
import type { Site } from "../kill-test.js";
import { mix, seen, type Value } from "../programs/digest.mjs";
import { Folder, type FolderRef } from "../programs/graph.mjs";
import { Tally } from "../tally.js";
import { collectGarbage } from "../vitals.js";
import type { Work } from "../work.js";
import { kinds } from "./kinds.js";
import { answersTo, type GraphNode, planGraph } from "./plan.js";
import { trials } from "./trials.js";

/** How the work on graphs is set up. */
export interface GraphOptions {
  /** Of each graph. */
  readonly nodes: number;
}

/** A value of a graph, under way. */
interface Pending {
  readonly ref: ObjectRef<Value>;
  readonly node: GraphNode;
  readonly at: number;
}

/** Of the large values that can be computed again, how many lose their memory. */
const lossRate = 0.2;
/** Milliseconds until all references are given back. */
const patience = 30_000;

/**
 * One graph of tasks and calls after the other: all of a graph is submitted at once, each value is compared with what
 * plain JavaScript comes to, and at the end of a round no object is left.
 */
export class Graph implements Work {
  readonly noun = "results";
  readonly tally = new Tally();
  #graphs = 0;
  #tasks = 0;
  #lost = 0;

  private constructor(
    private readonly options: GraphOptions,
    private readonly site: Site,
    private readonly folder: FolderRef,
  ) {}

  static async start(options: GraphOptions, site: Site): Promise<Graph> {
    return new Graph(options, site, await Folder.create());
  }

  async run(goesOn: () => boolean): Promise<void> {
    while (goesOn() && this.tally.unexpected.length === 0)
      await this.#graph(mix(this.site.seed, this.#graphs++));
  }

  /** Pools have views that nobody collects while they have nothing to do: what they hold goes with them. */
  async check(): Promise<readonly string[]> {
    for (const { pid, state } of this.site.cluster.pools())
      if (pid !== undefined && state === "up") process.kill(pid, "SIGKILL");
    try {
      await waitUntil(this.#isEmpty, { what: "all objects to go", timeout: patience });
      return [];
    } catch {
      return [`objects are left that nobody has a reference to: ${JSON.stringify(objects.stats())}`];
    }
  }

  figures(): readonly (readonly [name: string, figure: string])[] {
    const { spills = 0, restores = 0 } = objects.stats().store ?? {};
    const count = (figure: number) => figure.toLocaleString("en");
    return [
      ["graphs", count(this.#graphs)],
      ["nodes", count(this.#tasks)],
      ["results whose memory was lost", count(this.#lost)],
      ["objects to disk, and back", `${count(spills)}, ${count(restores)}`],
    ];
  }

  readonly #isEmpty = async (): Promise<boolean> => {
    await collectGarbage();
    const { owned, borrowed, store } = objects.stats();
    return owned === 0 && borrowed === 0 && (store?.objects ?? 0) === 0;
  };

  async #graph(seed: number): Promise<void> {
    const random = randomOf(seed);
    const nodes = planGraph(seed, this.options.nodes);
    const answers = answersTo(nodes);
    const pending = this.#submit(nodes);
    this.#tasks += nodes.length;
    const lost = pending.filter(({ node }) => kinds[node.kind].isRebuilt && random() < lossRate);
    await Promise.all([
      ...trials.flatMap((trial) =>
        Array.from({ length: trial.times }, () =>
          this.tally.follow(trial.name, trial.run(random), trial.mayFailWith ?? []),
        ),
      ),
      ...lost.map(({ ref }) => this.#lose(ref)),
      ...pending.map((value) =>
        this.tally.follow(nameOf(value, seed), this.#compare(value, answers[value.at]!), []),
      ),
    ]);
    for (const { ref } of pending) ref.release();
  }

  #submit(nodes: readonly GraphNode[]): Pending[] {
    const pending: Pending[] = [];
    for (const node of nodes) {
      const taken = node.args.map((at) => pending[at]!.ref);
      for (const ref of kinds[node.kind].submit(node, taken, this.folder))
        pending.push({ ref, node, at: pending.length });
    }
    return pending;
  }

  async #compare({ ref }: Pending, answer: number): Promise<void> {
    const value = await get(ref);
    this.#note(value);
    const is = seen(value);
    if (is !== answer) throw new Error(`it came to ${is}, and plain JavaScript comes to ${answer}`);
  }

  /** Whoever made a value serves. */
  #note({ by }: Value): void {
    const pool = this.site.cluster.pools().find(({ pid }) => pid === by);
    if (pool) this.site.victims.note(pool.id);
  }

  /** Has the memory of a large value gone, as with whatever held it, when it is there. */
  async #lose(ref: ObjectRef): Promise<void> {
    try {
      const [key] = await objects.stored(ref);
      if (typeof key !== "number") return;
      objects.hostStore.delete(key);
      this.#lost++;
    } catch {
      // That it has failed is told elsewhere.
    }
  }
}

function nameOf({ node, at }: Pending, seed: number): string {
  return `value ${at} (${node.kind}) of the graph ${seed}`;
}
