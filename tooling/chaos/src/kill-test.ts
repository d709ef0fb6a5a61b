import { actorOf, type Cluster, init } from "@troupe/dist";
import { Chaos, waitUntil } from "@troupe/testkit";

import { Book } from "./book.js";
import { type Counted, Lane } from "./lane.js";
import { Counter, Relay, type RelayRef } from "./programs/counters.mjs";
import { Tally } from "./tally.js";
import { Victims } from "./victims.js";
import { growth, takeVitals, type Vitals } from "./vitals.js";

/** How a kill test is run. */
export interface KillTestOptions {
  readonly pools: number;
  readonly counters: number;
  /** Calls in flight: so many lanes, each of which makes one after the other. */
  readonly lanes: number;
  /** Milliseconds from one kill or freeze to the next on average. */
  readonly every: number;
  /** Rounds of chaos. After each, all is let settle and is checked; what the first leaves is the measure of the last. */
  readonly rounds: number;
  /** When a round is over: after its time, or when it has seen so much of both. */
  readonly round:
    { readonly milliseconds: number } | { readonly kills: number; readonly acknowledged: number };
  /** Calls with a key that each counter gets before the first round; none by default. */
  readonly warmUp?: number | undefined;
  /** Where the sockets are, which nobody else uses meanwhile: the `TROUPE_RUNTIME_DIR`. */
  readonly runtimeDirectory: string;
  readonly seed?: number | undefined;
  /** Told of each kill and freeze. */
  readonly log?: ((line: string) => void) | undefined;
  /** Cuts it short: the present round ends, is checked, and is the last. */
  readonly signal?: AbortSignal | undefined;
}

/** What a kill test has seen so far. */
export interface Findings {
  readonly seed: number;
  readonly calls: Tally;
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
const patience = 60_000;
/** Broken promises after which nothing is learned from more. */
const enough = 20;

/**
 * Kills pools while calls are made, and checks what was promised: each call settles exactly once, counters that
 * persist lose no increment that was acknowledged and count none twice, and the driver is level at the end.
 */
export class KillTest implements AsyncDisposable {
  readonly #calls = new Tally();
  readonly #vitals: Vitals[] = [];
  readonly #broken: string[] = [];
  readonly #victims = new Victims();
  /** Kills and freezes before the first look at the driver. */
  #deedsBefore = 0;
  readonly #lanes: readonly Lane[];

  private constructor(
    private readonly options: KillTestOptions,
    private readonly cluster: Cluster,
    private readonly chaos: Chaos,
    private readonly counters: readonly Counted[],
    relays: readonly RelayRef[],
  ) {
    // One in four by way of a relay, and of either kind one half by key.
    this.#lanes = Array.from({ length: options.lanes }, (_, id) => {
      const relay = id % 4 === 3 ? relays[(id >> 2) % relays.length] : undefined;
      return new Lane(id, isKeyed(id), relay, counters, this.#calls, this.#victims);
    });
  }

  /** Makes the cluster, its counters and relays. */
  static async start(options: KillTestOptions): Promise<KillTest> {
    const { pools, counters: count, seed, log } = options;
    const cluster = await init({
      pools: Array<object>(pools).fill({ execArgv: [], backoff: 0 }),
      log: false,
    });
    try {
      const counters = await Promise.all(
        Array.from({ length: count }, async (_, at) => {
          const pool = `pool-${at % pools}`;
          const ref = await Counter.with({ pool }).create();
          return { name: actorOf(ref).path, pool, ref, book: new Book(isKeyed) };
        }),
      );
      const relays = await Promise.all(
        Array.from({ length: pools }, (_, pool) => Relay.with({ pool: `pool-${pool}` }).create()),
      );
      return new KillTest(options, cluster, new Chaos({ seed, log }), counters, relays);
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  get findings(): Findings {
    const done = this.chaos.events;
    return {
      seed: this.chaos.seed,
      calls: this.#calls,
      rounds: this.#vitals.length,
      kills: done.filter(({ action }) => action === "kill").length,
      freezes: done.filter(({ action }) => action === "freeze").length,
      poolRestarts: this.cluster.pools().reduce((sum, { restarts }) => sum + restarts, 0),
      vitals: this.#vitals,
      broken: this.#broken,
    };
  }

  /** Runs all rounds, or as many as come to the first that breaks a promise. */
  async run(): Promise<Findings> {
    const { rounds, signal } = this.options;
    await this.#warmUp();
    while (this.#vitals.length < rounds && this.#broken.length === 0 && !signal?.aborted) await this.#round();
    const [first, last] = [this.#vitals[0], this.#vitals.at(-1)];
    const deeds = this.chaos.events.length - this.#deedsBefore;
    if (first && last && this.#vitals.length === rounds) this.#broken.push(...growth(first, last, deeds));
    return this.findings;
  }

  /** Ends the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.chaos.close();
    await this.cluster.close();
  }

  async #warmUp(): Promise<void> {
    const { warmUp = 0, signal } = this.options;
    const keyed = this.#lanes.filter(({ isKeyed }) => isKeyed);
    for (let made = 0; made < warmUp && !signal?.aborted; made += keyed.length)
      await Promise.all(this.counters.flatMap((counter) => keyed.map((lane) => lane.call(counter))));
  }

  async #round(): Promise<void> {
    let goesOn = true;
    const lanes = this.#lanes.map((lane) => lane.run(() => goesOn));
    try {
      await this.#runChaos();
    } finally {
      goesOn = false;
    }
    const settled = await settles(Promise.all(lanes));
    this.#checkCalls();
    // What waits still might yet be counted, so that the books cannot be closed.
    if (settled) {
      await Promise.all(this.counters.map((counter) => this.#checkCounter(counter)));
      await waitUntil(() => this.cluster.pools().every(({ state }) => state === "up"), {
        what: "all pools to be up",
        timeout: patience,
      });
    }
    this.#broken.splice(enough);
    if (this.#vitals.length === 0) this.#deedsBefore = this.chaos.events.length;
    this.#vitals.push(await takeVitals(this.options.runtimeDirectory, this.#victims.pids));
  }

  async #runChaos(): Promise<void> {
    const { every, round, signal } = this.options;
    const isOver = "kills" in round ? this.#hasSeen(round) : () => false;
    await this.chaos.run({
      targets: () => this.#victims.among(this.cluster.pools()),
      actions,
      every,
      ...("milliseconds" in round ? { for: round.milliseconds } : {}),
      until: () => signal?.aborted === true || isOver(),
    });
  }

  /** Whether so much was seen since now. */
  #hasSeen(more: { readonly kills: number; readonly acknowledged: number }): () => boolean {
    const kills = this.findings.kills + more.kills;
    const acknowledged = this.#calls.acknowledged + more.acknowledged;
    return () => this.#calls.acknowledged >= acknowledged && this.findings.kills >= kills;
  }

  #checkCalls(): void {
    const { open, again, unexpected } = this.#calls;
    this.#broken.push(
      ...unexpected,
      ...open.map((name) => `${name} never settled`),
      ...again.map((name) => `${name} settled twice`),
    );
  }

  async #checkCounter({ name, ref, book }: Counted): Promise<void> {
    const ledger = await ref.ledger.with({ retries: Infinity, timeout: patience })();
    this.#broken.push(...book.check(ledger).map((problem) => `${name}: ${problem}`));
    await ref.turnOver.with({ retries: Infinity, timeout: patience })(book.turnOver(ledger));
  }
}

function isKeyed(lane: number): boolean {
  return (lane >> 2) % 2 === lane % 2;
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
