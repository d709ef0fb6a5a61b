// Troupe's side of the actor cases: a driver with its pools. Arguments: how many pools, how many actors in them.
import { init, main, stop } from "@troupe/dist";

import { Caller, Counter, heapBytes } from "./bench-actors.mjs";
import { inFlight, takeTurns } from "./in-flight.mjs";
import { serveCases } from "./serve-cases.mjs";

const width = 1000;
/** How many idle actors are weighed at once. */
const idle = 10_000;

main(async () => {
  const [pools, actors] = process.argv.slice(2).map(Number);
  const options = Array.from({ length: pools }, () => ({ execArgv: process.execArgv }));
  const cluster = await init({ pools: options, log: false });
  const counters = await make(actors);
  const [counter] = counters;
  let callers, bytes;

  await serveCases({
    async one(n) {
      for (let i = 0; i < n; i++) await counter.add(1);
    },

    inFlight: (n) => inFlight(n, width, () => counter.add(1)),

    /** Calls to all the actors there are, in turn. */
    spread: (n) =>
      inFlight(
        n,
        width,
        takeTurns(counters, (one) => one.add(1)),
      ),

    async tell(n) {
      for (let i = 1; i < n; i++) {
        const accepted = counter.add.tell(1);
        // Awaiting each would wait a turn for nothing; awaiting some keeps the back-pressure.
        if (i % 256 === 0) await accepted;
      }
      await counter.add(1);
    },

    async batch(n) {
      for (let done = 0; done < n; done += width) {
        const delayed = [];
        for (let i = Math.min(width, n - done); i > 0; i--) delayed.push(counter.add.delay(1));
        await counter.add.batch(...delayed);
      }
    },

    async local(n) {
      callers ??= [await Caller.create()];
      return callers[0].callNeighbour(n);
    },

    /** A caller in each pool, each of which calls the counters of all pools. */
    async nToN(n) {
      callers ??= await Promise.all(
        counters.map((_, pool) => Caller.with({ pool: `pool-${pool}` }).create()),
      );
      await Promise.all(
        callers.map((caller) => caller.callAll(counters, Math.ceil(n / callers.length), width)),
      );
    },

    async large(n) {
      bytes ??= new Uint8Array(64 * 1024 * 1024).fill(7);
      for (let i = 0; i < n; i++) await counter.take(bytes);
    },

    async create(n) {
      const start = performance.now();
      const made = await make(n);
      const seconds = (performance.now() - start) / 1000;
      await stopAll(made);
      return seconds;
    },

    memory: () => counter.residentMB(),
    idleActorInPool: () => idleActorBytes(() => counter.heapBytes()),
    idleActorInDriver: () => idleActorBytes(() => heapBytes()),
  });
  await cluster.close();
});

async function make(n) {
  const made = [];
  await inFlight(n, 100, async () => made.push(await Counter.create()));
  return made;
}

async function stopAll(actors) {
  const next = takeTurns(actors, (actor) => stop(actor));
  await inFlight(actors.length, width, next);
}

/** Bytes of a heap that an idle actor takes, by what the heap grows when many are made. */
async function idleActorBytes(heapOf) {
  const before = await heapOf();
  const made = await make(idle);
  const after = await heapOf();
  await stopAll(made);
  return (after - before) / idle;
}
