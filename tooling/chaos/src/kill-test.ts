import { type Cluster, init } from "@troupe/dist";
import { type HostStoreOptions, objects } from "@troupe/objects";
import { Chaos, waitUntil } from "@troupe/testkit";

import { leftovers } from "./leftovers.js";
import type { Tally } from "./tally.js";
import { Victims } from "./victims.js";
import { growth, takeVitals, type Vitals } from "./vitals.js";
import type { Work } from "./work.js";

/** How a kill test is run. */
export interface KillTestOptions {
  readonly pools: number;
  /** Milliseconds from one kill or freeze to the next on average. */
  readonly every: number;
  /** Rounds of chaos. After each, all is let settle and is checked; what the first leaves is the measure of the last. */
  readonly rounds: number;
  /** When a round is over: after its time, or when it has seen so much of both. */
  readonly round:
    { readonly milliseconds: number } | { readonly kills: number; readonly acknowledged: number };
  /** Where the sockets are, which nobody else uses meanwhile: the `TROUPE_RUNTIME_DIR`. */
  readonly runtimeDirectory: string;
  /** The store of objects; where it spills must be this test's alone. */
  readonly objects?: (HostStoreOptions & { readonly spill: string }) | undefined;
  readonly seed?: number | undefined;
  /** Told of each kill and freeze. */
  readonly log?: ((line: string) => void) | undefined;
  /** Cuts it short: the present round ends, is checked, and is the last. */
  readonly signal?: AbortSignal | undefined;
}

/** What there is to work with. */
export interface Site {
  readonly cluster: Cluster;
  readonly victims: Victims;
  /** By which all that is left to chance is decided. */
  readonly seed: number;
}

/** What a kill test has seen so far. */
export interface Findings {
  readonly seed: number;
  /** What was counted: `calls`. */
  readonly noun: string;
  readonly tally: Tally;
  readonly figures: readonly (readonly [name: string, figure: string])[];
  /** Rounds that are over. */
  readonly rounds: number;
  readonly kills: number;
  readonly freezes: number;
  /** Times that pools were started again. */
  readonly poolRestarts: number;
  /** After each round. */
  readonly vitals: readonly Vitals[];
  /** Promises that were broken, in words. */
  readonly broken: readonly string[];
}

/** Weights: most are killed, some stand still for a while before they are. */
const actions = { kill: 5, freeze: 1 };
/** Milliseconds until all has settled after a round. */
const patience = 120_000;
/** Broken promises after which nothing is learned from more. */
const enough = 20;

/**
 * Kills pools while work goes on, and checks what was promised: each promise settles exactly once, for no other reason
 * than it may; the work finds nothing wrong; the driver is level at the end; and nothing is left after it.
 */
export class KillTest implements AsyncDisposable {
  readonly #vitals: Vitals[] = [];
  readonly #broken: string[] = [];
  /** Kills and freezes before the first look at the driver. */
  #deedsBefore = 0;
  #poolRestarts = 0;
  #isClosed = false;

  private constructor(
    private readonly options: KillTestOptions,
    private readonly cluster: Cluster,
    private readonly chaos: Chaos,
    private readonly victims: Victims,
    private readonly work: Work,
  ) {}

  /** Makes the cluster and what is worked with. */
  static async start(
    options: KillTestOptions,
    prepare: (site: Site) => Work | Promise<Work>,
  ): Promise<KillTest> {
    const { pools, objects: store, seed, log } = options;
    const cluster = await init({
      pools: Array<object>(pools).fill({ execArgv: [], backoff: 0 }),
      log: false,
      ...(store === undefined ? {} : { objects: store }),
    });
    try {
      const chaos = new Chaos({ seed, log });
      const victims = new Victims();
      const work = await prepare({ cluster, victims, seed: chaos.seed });
      return new KillTest(options, cluster, chaos, victims, work);
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get findings(): Findings {
    const { seed, events } = this.chaos;
    const { noun, tally } = this.work;
    return {
      seed,
      noun,
      tally,
      figures: this.work.figures?.() ?? [],
      rounds: this.#vitals.length,
      kills: events.filter(({ action }) => action === "kill").length,
      freezes: events.filter(({ action }) => action === "freeze").length,
      poolRestarts: this.#isClosed ? this.#poolRestarts : this.#countRestarts(),
      vitals: this.#vitals,
      broken: this.#broken,
    };
  }

  /** Runs all rounds, or as many as come to the first that breaks a promise; ends the cluster, and looks for leftovers. */
  async run(): Promise<Findings> {
    const { rounds, signal } = this.options;
    await this.work.warmUp?.(signal);
    while (this.#vitals.length < rounds && this.#broken.length === 0 && !signal?.aborted) await this.#round();
    const [first, last] = [this.#vitals[0], this.#vitals.at(-1)];
    const deeds = this.chaos.events.length - this.#deedsBefore;
    if (first && last && this.#vitals.length === rounds) this.#broken.push(...growth(first, last, deeds));
    await this.#close();
    this.#broken.push(...(await this.#leftovers()));
    return this.findings;
  }

  /** Ends the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#poolRestarts = this.#countRestarts();
    this.#isClosed = true;
    await this.chaos.close();
    await this.work.close?.();
    await this.cluster.close();
    // It is there for further clusters of this process.
    objects.close();
  }

  #countRestarts(): number {
    return this.cluster.pools().reduce((sum, { restarts }) => sum + restarts, 0);
  }

  async #round(): Promise<void> {
    let goesOn = true;
    const working = this.work.run(() => goesOn);
    // It may fail before anybody waits for it.
    working.catch(() => {});
    try {
      await this.#runChaos();
    } finally {
      goesOn = false;
    }
    const settled = await settles(working);
    this.#checkTally();
    // What waits still might yet come, so that the books cannot be closed.
    if (settled) {
      this.#broken.push(...(await this.work.check()));
      await waitUntil(() => this.cluster.pools().every(({ state }) => state === "up"), {
        what: "all pools to be up",
        timeout: patience,
      });
    }
    this.#broken.splice(enough);
    if (this.#vitals.length === 0) this.#deedsBefore = this.chaos.events.length;
    this.#vitals.push(await takeVitals(this.options.runtimeDirectory, this.victims.pids));
  }

  async #runChaos(): Promise<void> {
    const { every, round, signal } = this.options;
    const isOver = "kills" in round ? this.#hasSeen(round) : () => false;
    await this.chaos.run({
      targets: () => {
        const candidates = this.victims.among(this.cluster.pools());
        return this.work.choose?.(candidates) ?? candidates;
      },
      actions,
      every,
      ...("milliseconds" in round ? { for: round.milliseconds } : {}),
      until: () => signal?.aborted === true || this.work.tally.unexpected.length > 0 || isOver(),
    });
  }

  /** Whether so much was seen since now. */
  #hasSeen(more: { readonly kills: number; readonly acknowledged: number }): () => boolean {
    const { tally } = this.work;
    const kills = this.findings.kills + more.kills;
    const acknowledged = tally.acknowledged + more.acknowledged;
    return () => tally.acknowledged >= acknowledged && this.findings.kills >= kills;
  }

  #checkTally(): void {
    const { open, again, unexpected } = this.work.tally;
    this.#broken.push(
      ...unexpected,
      ...open.map((name) => `${name} never settled`),
      ...again.map((name) => `${name} settled twice`),
    );
  }

  /** What is there still of this test, when its cluster is closed. */
  async #leftovers(): Promise<readonly string[]> {
    const { runtimeDirectory, objects: store } = this.options;
    const look = () => leftovers(this.victims.pids, [runtimeDirectory, ...(store ? [store.spill] : [])]);
    try {
      await waitUntil(() => look().length === 0, { what: "leftovers to go", timeout: 5_000 });
      return [];
    } catch {
      return look();
    }
  }
}

/** Whether it comes to its end within the patience that there is. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, patience, false);
  });
  const isSettled = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return isSettled;
}
