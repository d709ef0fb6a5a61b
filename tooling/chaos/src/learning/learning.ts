import { setTimeout as pause } from "node:timers/promises";

import {
  actorOf,
  type Cluster,
  type ErrorCode,
  fifo,
  ParameterServer,
  queue,
  ReplayBuffer,
} from "@troupe/dist";
import { type ProcessVictim, waitUntil } from "@troupe/testkit";

import type { Site } from "../kill-test.js";
import {
  problemOf,
  Reader,
  type ReaderRef,
  Runner,
  type RunnerRef,
  schema,
  tensorsOf,
  tornRows,
  Writer,
  type WriterRef,
} from "../programs/learning.mjs";
import { Tally } from "../tally.js";
import type { Victims } from "../victims.js";
import type { Work } from "../work.js";
import { RowBook } from "./row-book.js";

/** Pools: one for each that is killed in turn, and one for the captain. */
export const learningPools = 5;

/** Those who are killed, in their turn. */
const roles = ["writer", "reader", "officer", "runner"] as const;
type Role = (typeof roles)[number];

/** How a call may fail that is made once: its pool was killed while it was under way. */
const onceMayFailWith: readonly ErrorCode[] = ["ERR_ACTOR_DIED"];
/** Rows of a call. */
const rowsAtOnce = 20;
/** Milliseconds between two calls of a kind, so that those who are started again have the processor. */
const interval = 10;
/** Milliseconds for which the last rows are waited for. */
const patience = 60_000;

/**
 * What a learning system does, whose parts are killed in turn. A writer puts rows into a queue, which the driver
 * empties; a reader samples what a runner plays; the runner plays by versions of a policy that the driver pushes, and
 * that an officer gives.
 *
 * No row is torn, no version mixed. Rows that were acknowledged come, once. Whoever pulls gets what was acknowledged
 * when it began, or newer.
 */
export class Learning implements Work {
  readonly noun = "calls";
  readonly tally = new Tally();
  readonly #book = new RowBook();
  /** Where each role is. */
  readonly #pools = new Map<Role, string>();
  readonly #wrong: string[] = [];
  #turn = 0;
  #pushed = 0;
  #plays = 0;
  #batches = 0;

  private constructor(
    private readonly cluster: Cluster,
    private readonly victims: Victims,
    private readonly server: ParameterServer,
    private readonly queue: ReplayBuffer<typeof schema>,
    private readonly rows: ReplayBuffer<typeof schema>,
    private readonly writer: WriterRef,
    private readonly reader: ReaderRef,
    private readonly runner: RunnerRef,
  ) {}

  static async start({ cluster, victims }: Site): Promise<Learning> {
    const server = await ParameterServer.create();
    await server.push("policy", tensorsOf(1));
    const taken = new Set<string>(await poolsOf(cluster, "parameter-"));
    const free = cluster.pools().flatMap(({ id }) => (taken.has(id) ? [] : [id]));
    const full = { maxTimesSampled: 1, sampler: fifo(), rateLimiter: queue(1024) };
    const rowQueue = new ReplayBuffer({ capacity: 1024, schema, ...full });
    const rows = new ReplayBuffer({ capacity: 1024, schema });
    const writer = await Writer.with({ pool: free[0]! }).create(rowQueue);
    const reader = await Reader.with({ pool: free[1]! }).create(rows);
    const runner = await Runner.with({ pool: free[2]! }).create(server, rows);
    const learning = new Learning(cluster, victims, server, rowQueue, rows, writer, reader, runner);
    learning.#pushed = 1;
    for (const [role, ref] of [
      ["writer", writer],
      ["reader", reader],
      ["runner", runner],
    ] as const)
      learning.#pools.set(role, actorOf(ref).pool);
    return learning;
  }

  async run(goesOn: () => boolean): Promise<void> {
    let isEmptied = false;
    const emptying = this.#empty(() => !isEmptied);
    try {
      await Promise.all([
        this.#repeat(goesOn, () => this.#write()),
        this.#repeat(goesOn, () => this.#sample()),
        this.#repeat(goesOn, () => this.#play()),
        this.#repeat(goesOn, () => this.#push()),
        this.#repeat(goesOn, () => this.#findOfficer()),
      ]);
    } finally {
      isEmptied = true;
      await emptying;
    }
  }

  async check(): Promise<readonly string[]> {
    await waitUntil(() => (this.#take(), this.queue.size === 0), {
      what: "an empty queue",
      timeout: patience,
    });
    const policy = await this.server.pull("policy");
    if (policy.version !== this.#pushed)
      this.#wrong.push(`version ${this.#pushed} was acknowledged, and ${policy.version} is the newest`);
    this.#judge(problemOf(policy));
    policy.release();
    const reader = this.rows.reader();
    for (let i = 0; i < 64; i++)
      for (const number of tornRows((await reader.next(32)).columns)) this.#judge(`row ${number} is torn`);
    reader.close();
    return [...this.#wrong.splice(0), ...this.#book.close()];
  }

  choose(candidates: readonly ProcessVictim[]): readonly ProcessVictim[] {
    const pool = this.#pools.get(roles[this.#turn % roles.length]!);
    const chosen = candidates.filter(({ name }) => name === pool);
    if (chosen.length > 0) this.#turn++;
    return chosen;
  }

  figures(): readonly (readonly [name: string, figure: string])[] {
    const figures = {
      rows: this.#book.count,
      batches: this.#batches,
      plays: this.#plays,
      versions: this.#pushed,
    };
    return Object.entries(figures).map(([name, figure]) => [name, figure.toLocaleString("en")] as const);
  }

  async close(): Promise<void> {
    await this.server.close();
    this.queue.close();
    this.rows.close();
  }

  async #repeat(goesOn: () => boolean, work: () => Promise<void>): Promise<void> {
    while (goesOn()) {
      await work();
      await pause(interval);
    }
  }

  async #write(): Promise<void> {
    const from = this.#book.ask(rowsAtOnce);
    const call = this.writer.write(from, rowsAtOnce);
    if (!(await this.tally.follow(`rows from ${from}`, call, onceMayFailWith))) return;
    this.#book.acknowledge(from, rowsAtOnce);
    this.#serves("writer");
  }

  async #sample(): Promise<void> {
    const call = this.reader.sample(10);
    if (!(await this.tally.follow(`samples ${this.#batches}`, call, onceMayFailWith))) return;
    for (const number of await call) this.#judge(`row ${number} is torn`);
    this.#batches += 10;
    this.#serves("reader");
  }

  async #play(): Promise<void> {
    const known = this.#pushed;
    const call = this.runner.play(rowsAtOnce);
    if (!(await this.tally.follow(`play ${this.#plays}`, call, onceMayFailWith))) return;
    const { version, problem } = await call;
    this.#judge(problem);
    if (version < known)
      this.#judge(`version ${known} was acknowledged, and ${version} was played after that`);
    this.#plays++;
    this.#serves("runner");
  }

  async #push(): Promise<void> {
    const version = this.#pushed + 1;
    const call = this.server.push("policy", tensorsOf(version));
    if (!(await this.tally.follow(`push of version ${version}`, call, []))) return;
    const given = await call;
    if (given !== version) this.#judge(`version ${given} was given for ${version}`);
    this.#pushed = version;
    this.#serves("officer");
  }

  /** Where it is may change when it is made again. The captain's pool is left alone: it and the officer are not to die at once. */
  async #findOfficer(): Promise<void> {
    const [[officer], [captain]] = await Promise.all([
      poolsOf(this.cluster, "parameter-officer"),
      poolsOf(this.cluster, "parameter-captain"),
    ]);
    if (officer !== undefined && officer !== captain) this.#pools.set("officer", officer);
    else this.#pools.delete("officer");
  }

  async #empty(goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      this.#take();
      await pause(interval);
    }
  }

  /** What is in the queue. */
  #take(): void {
    for (let batch = this.queue.sample(1); batch !== undefined; batch = this.queue.sample(1)) {
      for (const number of tornRows(batch.columns)) this.#judge(`row ${number} of the queue is torn`);
      this.#book.see(batch.columns.number[0]!);
    }
  }

  #serves(role: Role): void {
    const pool = this.#pools.get(role);
    if (pool !== undefined) this.victims.note(pool);
  }

  #judge(problem: string | undefined): void {
    if (problem !== undefined && this.#wrong.length < 20) this.#wrong.push(problem);
  }
}

/** Pools of the actors whose name begins so. */
async function poolsOf(cluster: Cluster, name: string): Promise<string[]> {
  const actors = await cluster.actors();
  return actors.flatMap(({ path, pool }) => (path.split("/").at(-1)!.startsWith(name) ? [pool] : []));
}
