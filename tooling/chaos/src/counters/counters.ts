import { actorOf } from "@troupe/dist";

import type { Site } from "../kill-test.js";
import { Counter, Relay, type RelayRef } from "../programs/counters.mjs";
import { Tally } from "../tally.js";
import type { Work } from "../work.js";
import { Book } from "./book.js";
import { type Counted, Lane } from "./lane.js";

/** How the counters' work is set up. */
export interface CountersOptions {
  readonly pools: number;
  readonly counters: number;
  /** Calls in flight: so many lanes, each of which makes one after the other. */
  readonly lanes: number;
  /** Calls with a key that each counter gets before the first round; none by default. */
  readonly warmUp?: number | undefined;
}

/** Milliseconds that a counter has to give its ledger. */
const patience = 60_000;

/** Calls to counters that persist: they lose no increment that was acknowledged, and count none twice. */
export class Counters implements Work {
  readonly noun = "calls";
  readonly tally = new Tally();
  readonly #lanes: readonly Lane[];

  private constructor(
    private readonly options: CountersOptions,
    site: Site,
    private readonly counters: readonly Counted[],
    relays: readonly RelayRef[],
  ) {
    // One in four by way of a relay, and of either kind one half by key.
    this.#lanes = Array.from({ length: options.lanes }, (_, id) => {
      const relay = id % 4 === 3 ? relays[(id >> 2) % relays.length] : undefined;
      return new Lane(id, isKeyed(id), relay, counters, this.tally, site.victims);
    });
  }

  /** Makes the counters and relays. */
  static async start(options: CountersOptions, site: Site): Promise<Counters> {
    const { pools, counters: count } = options;
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
    return new Counters(options, site, counters, relays);
  }

  async warmUp(signal: AbortSignal | undefined): Promise<void> {
    const { warmUp = 0 } = this.options;
    const keyed = this.#lanes.filter(({ isKeyed }) => isKeyed);
    for (let made = 0; made < warmUp && !signal?.aborted; made += keyed.length)
      await Promise.all(this.counters.flatMap((counter) => keyed.map((lane) => lane.call(counter))));
  }

  async run(goesOn: () => boolean): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.run(goesOn)));
  }

  async check(): Promise<readonly string[]> {
    const wrong = await Promise.all(this.counters.map((counter) => checkCounter(counter)));
    return wrong.flat();
  }
}

async function checkCounter({ name, ref, book }: Counted): Promise<string[]> {
  const ledger = await ref.ledger.with({ retries: Infinity, timeout: patience })();
  const wrong = book.check(ledger).map((problem) => `${name}: ${problem}`);
  await ref.turnOver.with({ retries: Infinity, timeout: patience })(book.turnOver(ledger));
  return wrong;
}

function isKeyed(lane: number): boolean {
  return (lane >> 2) % 2 === lane % 2;
}
