import { TroupeError } from "@troupe/core";
import { onTestFailed, onTestFinished } from "vitest";

import { chaosPlan } from "./chaos-plan.js";
import { type ChaosDeed, ChaosRun, type ChaosRunOptions } from "./chaos-run.js";
import { chosenSeed, seedVariable } from "./chaos-seed.js";

/** How chaos is set up. */
export interface ChaosOptions {
  /** Decides all that is left to chance; by default `TROUPE_CHAOS_SEED`, else another each time. */
  readonly seed?: number | undefined;
  /** Gets a line for each thing that is done. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Something that was done, and when. */
export interface ChaosEvent extends ChaosDeed {
  /** Milliseconds after this chaos was made. */
  readonly at: number;
}

/** Milliseconds of the longest timer. */
const longestRun = 2 ** 31 - 1;

/**
 * Random kills, freezes and cuts, decided by a seed.
 *
 * ```ts
 * await using chaos = new Chaos();
 * await chaos.run({
 *   targets: () => cluster.pools().map(({ id, pid }) => ({ name: id, pid })),
 *   actions: { kill: 5, freeze: 1 },
 *   every: 200,
 *   until: () => settled === calls,
 * });
 * ```
 *
 * The seed decides the sequence of pauses, actions and victims, these by their place among the sorted names; what the
 * machine does meanwhile it cannot decide. When a test fails its seed is printed, and `TROUPE_CHAOS_SEED` takes it.
 * Each run of one `Chaos` has a sequence of its own.
 *
 * What is frozen goes on, and what is cut is mended, after its time and at the end of its run, however that ends.
 * Within a test, chaos ends with the test.
 */
export class Chaos implements AsyncDisposable {
  readonly seed: number;
  readonly #log: (line: string) => void;
  readonly #events: ChaosEvent[] = [];
  readonly #runs = new Set<ChaosRun>();
  readonly #begun = performance.now();
  #runsBegun = 0;
  #isClosed = false;

  /** @throws ERR_CONFIG when `TROUPE_CHAOS_SEED` is no whole number. */
  constructor({ seed = chosenSeed(), log = () => {} }: ChaosOptions = {}) {
    this.seed = seed;
    this.#log = log;
    this.#endWithTest();
  }

  /** What was done so far, oldest first. */
  get events(): readonly ChaosEvent[] {
    return this.#events;
  }

  /**
   * Does one thing after the other until its time is over; resolves early when the chaos is closed. A step does
   * nothing when no victim suits its action, or when the one that it is about has ended, or stands still already.
   *
   * @throws ERR_CONFIG for wrong options, and for a target that does not descend from this process: it is left in
   *   peace. ERR_CANCELLED by the signal; ERR_CLOSED when it was closed before; what `targets` and `until` throw.
   */
  async run(options: ChaosRunOptions): Promise<void> {
    if (this.#isClosed)
      throw new TroupeError("ERR_CLOSED", "This chaos was closed: make a new one for another run.");
    checkEnd(options);
    const plan = chaosPlan({ ...options, seed: this.seed + this.#runsBegun++ });
    const run = new ChaosRun(plan, options, (deed) => this.#note(deed));
    this.#runs.add(run);
    try {
      await run.carryOut();
    } finally {
      this.#runs.delete(run);
    }
  }

  /** Ends what runs, and undoes what it did. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const run of this.#runs) run.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #note(deed: ChaosDeed): void {
    const at = Math.round(performance.now() - this.#begun);
    this.#events.push({ at, ...deed });
    const lasts = deed.lasts > 0 ? ` for ${Math.round(deed.lasts)} ms` : "";
    this.#log(`chaos at ${at} ms: ${deed.action} ${deed.victim}${lasts}`);
  }

  #endWithTest(): void {
    try {
      onTestFinished(() => this.close());
      onTestFailed(() => console.error(`${seedVariable}=${this.seed} replays the chaos of this test.`));
    } catch {
      // Not within a test: in a hook, or no test at all.
    }
  }
}

function checkEnd({ for: duration, until }: ChaosRunOptions): void {
  if (duration === undefined && until === undefined)
    throw new TroupeError("ERR_CONFIG", "Chaos needs an end: `for` milliseconds, or `until` a condition.");
  if (duration !== undefined && !(duration >= 0 && duration <= longestRun))
    throw new TroupeError("ERR_CONFIG", `for of chaos must be milliseconds from 0, not ${duration}.`);
}
