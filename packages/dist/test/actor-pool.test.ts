import { ActorPool, actorOf, type Cluster, kill, type Remote, stop } from "@troupe/dist";
import { noLeftovers, waitUntil } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Worker } from "./programs/pooled.mjs";
import { failureOf, startCluster } from "./support/start.js";

noLeftovers();

type Member = Remote<InstanceType<typeof Worker>>;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ pools: 3 });
});
afterAll(() => cluster.close());

async function* numbers(count: number, pulled?: number[]): AsyncGenerator<number> {
  for (let n = 0; n < count; n++) {
    pulled?.push(n);
    yield n;
  }
}

async function all<R>(results: AsyncIterable<R>): Promise<R[]> {
  const list: R[] = [];
  for await (const result of results) list.push(result);
  return list;
}

/** What the actors hold now. */
async function held(refs: readonly Member[]): Promise<number[]> {
  return (await Promise.all(refs.map((ref) => ref.holding()))).flat().sort((a, b) => a - b);
}

async function holds(refs: readonly Member[], expected: readonly number[]): Promise<void> {
  const isSo = async () => JSON.stringify(await held(refs)) === JSON.stringify(expected);
  await waitUntil(isSo, { what: `the actors to hold ${String(expected)}` });
}

const release = (refs: readonly Member[], n: number) => Promise.all(refs.map((ref) => ref.release(n)));

async function workers(count: number): Promise<Member[]> {
  return Promise.all(Array.from({ length: count }, () => Worker.create()));
}

describe("map() of a pool", () => {
  it("gives the results in the order of the items, by a method's name or a function", async () => {
    await using pool = await ActorPool.create(Worker, 3, 10);
    expect(await all(pool.map("times", [1, 2, 3, 4, 5]))).toEqual([10, 20, 30, 40, 50]);
    const doubled = pool.map(async (actor, n: number) => (await actor.times(n)) * 2, numbers(3));
    expect(await all(doubled)).toEqual([0, 20, 40]);
  });

  it("spreads the items over the actors", async () => {
    await using pool = await ActorPool.create(Worker, 3);
    const pids = await all(pool.map("where", numbers(30)));
    expect(new Set(pids).size).toBe(3);
  });

  it("gives them as they are there when order does not matter", async () => {
    const refs = await workers(2);
    const pool = new ActorPool(refs);
    const results = pool.map("hold", [1, 2, 3], { ordered: false });
    const first = results.next();
    await holds(refs, [1, 2]);
    await release(refs, 2);
    expect(await first).toEqual({ done: false, value: 2 });
    await holds(refs, [1, 3]);
    await release(refs, 3);
    expect(await results.next()).toEqual({ done: false, value: 3 });
    await release(refs, 1);
    expect([await results.next(), await results.next()]).toMatchObject([
      { done: false, value: 1 },
      { done: true },
    ]);
    await Promise.all(refs.map((ref) => stop(ref)));
  });

  it("takes an item from its source only when an actor is free, or may have one more", async () => {
    const refs = await workers(2);
    const pool = new ActorPool(refs);
    const pulled: number[] = [];
    const results = all(pool.map("hold", numbers(8, pulled), { concurrency: 2 }));
    await holds(refs, [0, 1, 2, 3]);
    expect([pulled, pool.busy, pool.idle]).toEqual([[0, 1, 2, 3], 2, 0]);
    await release(refs, 1);
    await holds(refs, [0, 2, 3, 4]);
    for (const n of [0, 2, 3, 4]) await release(refs, n);
    await holds(refs, [5, 6, 7]);
    for (const n of [5, 6, 7]) await release(refs, n);
    expect(await results).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(await Promise.all(refs.map((ref) => ref.most))).toEqual([2, 2]);
    expect([pool.busy, pool.idle]).toEqual([0, 2]);
    await Promise.all(refs.map((ref) => stop(ref)));
  });

  it("begins no more than it may while its results are not taken", async () => {
    await using pool = await ActorPool.create(Worker, 2);
    const pulled: number[] = [];
    const results = pool.map("times", numbers(100, pulled), { ahead: 5 });
    expect(pulled).toEqual([]);
    expect(await results.next()).toEqual({ done: false, value: 0 });
    await waitUntil(() => pulled.length === 6 && pool.busy === 0, { what: "six items" });
    expect(await results.next()).toEqual({ done: false, value: 2 });
    await waitUntil(() => pulled.length === 7 && pool.busy === 0, { what: "the seventh" });
    await results.return();
  });

  it("rejects with the first error, at once, and cancels what runs", async () => {
    const refs = await workers(2);
    const pool = new ActorPool(refs);
    const pulled: number[] = [];
    const work = (ref: Member, n: number, options: object) =>
      n === 1 ? ref.odd(2) : ref.hold.with(options)(n);
    const error = await failureOf(all(pool.map(work, numbers(9, pulled))));
    expect(error).toBeInstanceOf(RangeError);
    await holds(refs, []);
    const cancelled = await Promise.all(refs.map((ref) => ref.cancelled));
    expect(cancelled.flat()).toContain(0);
    expect(pulled.length).toBeLessThan(5);
    await waitUntil(() => pool.idle === 2, { what: "both to be idle" });
    expect(await all(pool.map("odd", [1, 3]))).toEqual([1, 3]);
    await Promise.all(refs.map((ref) => stop(ref)));
  });

  it("gives the outcome of each when it is settled", async () => {
    await using pool = await ActorPool.create(Worker, 2);
    const outcomes = await all(pool.map("odd", [1, 2, 3], { settled: true }));
    expect(outcomes).toMatchObject([
      { status: "fulfilled", item: 1, index: 0, value: 1 },
      { status: "rejected", item: 2, index: 1, reason: { message: "2 is even" } },
      { status: "fulfilled", item: 3, index: 2, value: 3 },
    ]);
  });

  it("rejects with what its source throws, and closes a source that it does not need any more", async () => {
    await using pool = await ActorPool.create(Worker, 2);
    const broken = (function* () {
      yield 1;
      throw new RangeError("no more");
    })();
    expect(await failureOf(all(pool.map("times", broken)))).toMatchObject({ message: "no more" });
    let isClosed = false;
    const endless = (async function* () {
      try {
        for (let n = 1; ; n++) yield n;
      } finally {
        isClosed = true;
      }
    })();
    for await (const result of pool.map("times", endless)) if (result === 6) break;
    await waitUntil(() => isClosed, { what: "the source to be closed" });
  });

  it("ends by its signal, with ERR_CANCELLED, also while its source gives nothing", async () => {
    const refs = await workers(1);
    const pool = new ActorPool(refs);
    const controller = new AbortController();
    const { signal } = controller;
    const holding = failureOf(all(pool.map("hold", numbers(3), { signal })));
    const silent = (async function* () {
      await new Promise(() => {});
      yield 1;
    })();
    const waiting = failureOf(all(pool.map("hold", silent, { signal, concurrency: 5 })));
    await holds(refs, [0]);
    controller.abort();
    expect(await holding).toMatchObject({ code: "ERR_CANCELLED" });
    expect(await waiting).toMatchObject({ code: "ERR_CANCELLED" });
    await holds(refs, []);
    expect(await failureOf(all(pool.map("times", [1], { signal })))).toMatchObject({ code: "ERR_CANCELLED" });
    await stop(refs[0]!);
  });

  it("gives an item so much time as timeout says", async () => {
    await using pool = await ActorPool.create(Worker, 1);
    const [late, odd] = await all(
      pool.map((ref, n: number, given) => (n === 0 ? ref.hold.with(given)(n) : ref.odd(n)), [0, 1], {
        timeout: 50,
        settled: true,
      }),
    );
    expect(late).toMatchObject({ status: "rejected", reason: { code: "ERR_TIMEOUT" } });
    expect(odd).toMatchObject({ status: "fulfilled", value: 1 });
  });

  it("shares the actors with others that map, in turn", async () => {
    await using pool = await ActorPool.create(Worker, 1);
    const both = [pool.map("times", numbers(50)), pool.map("odd", [1, 3, 5])];
    expect(await Promise.all(both.map(all))).toEqual([
      Array.from({ length: 50 }, (_, n) => n * 2),
      [1, 3, 5],
    ]);
  });
});

describe("an actor of a pool that dies", () => {
  it("loses its item to another, as often as retries say, and the pool goes on with the others", async () => {
    const { id } = await cluster.addPool({ execArgv: [] });
    const doomed = await Worker.with({ pool: id }).create();
    const refs = [doomed, ...(await workers(2))];
    const pool = new ActorPool(refs);
    const results = all(pool.map("hold", [0, 1, 2], { retries: 1 }));
    await holds(refs, [0, 1, 2]);
    expect(await doomed.holding()).toEqual([0]);
    process.kill(actorOf(doomed).pid!, "SIGKILL");
    await waitUntil(() => pool.size === 2 && pool.waiting === 2, { what: "its item to wait for another" });
    const others = refs.slice(1);
    await release(others, 1);
    await holds(others, [0, 2]);
    for (const n of [0, 2]) await release(others, n);
    expect(await results).toEqual([0, 1, 2]);
    expect(await all(pool.map("times", numbers(4)))).toEqual([0, 2, 4, 6]);
    await Promise.all(others.map((ref) => stop(ref)));
    await cluster.removePool(id);
  });

  it("fails the iteration without retries, and the pool goes on all the same", async () => {
    const refs = await workers(2);
    const pool = new ActorPool(refs);
    await kill(refs[0]!);
    expect(await failureOf(all(pool.map("times", numbers(4))))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(pool.size).toBe(1);
    expect(await all(pool.map("times", numbers(4)))).toEqual([0, 2, 4, 6]);
    await stop(refs[1]!);
  });

  it("stays in the pool when it is made again", async () => {
    const { id } = await cluster.addPool({ execArgv: [] });
    const ref = await Worker.with({ pool: id, restarts: 3 }).create();
    const pool = new ActorPool([ref]);
    let isFirst = true;
    const work = (actor: Member, n: number) => {
      const bad = n === 1 && isFirst ? n : -1;
      if (bad === n) isFirst = false;
      return actor.endWith(n, bad);
    };
    expect(await all(pool.map(work, [0, 1, 2], { retries: 1 }))).toEqual([0, 1, 2]);
    expect(pool.size).toBe(1);
    await stop(ref);
    await cluster.removePool(id);
  });

  it("is the last: what waits and what comes is ERR_ACTOR_DIED", async () => {
    const [ref] = await workers(1);
    const pool = new ActorPool([ref!]);
    const submitted = [1, 2].map((n) => failureOf(pool.submit("hold", n, { retries: 5 })));
    await holds([ref!], [1]);
    await kill(ref!);
    for (const error of await Promise.all(submitted)) {
      expect(error).toMatchObject({ code: "ERR_ACTOR_DIED", message: /None of the actors/ });
    }
    expect(await failureOf(pool.submit("times", 1))).toMatchObject({ code: "ERR_ACTOR_DIED" });
    expect(pool.size).toBe(0);
  });
});

describe("a pool", () => {
  it("gives single items to those who have least to do, in the order in which they came", async () => {
    const refs = await workers(2);
    const pool = new ActorPool(refs);
    const results = [0, 1, 2, 3].map((n) => pool.submit("hold", n));
    await holds(refs, [0, 1]);
    expect([pool.busy, pool.idle, pool.waiting]).toEqual([2, 0, 2]);
    await release(refs, 1);
    await holds(refs, [0, 2]);
    for (const n of [0, 2]) await release(refs, n);
    await holds(refs, [3]);
    await release(refs, 3);
    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
    expect(await pool.submit((ref, n: number) => ref.odd(n), 5)).toBe(5);
    await Promise.all(refs.map((ref) => stop(ref)));
  });

  it("takes an item back that waits, by its signal", async () => {
    const refs = await workers(1);
    const pool = new ActorPool(refs);
    const controller = new AbortController();
    const first = pool.submit("hold", 1);
    const second = pool.submit("hold", 2, { signal: controller.signal });
    controller.abort();
    expect(await failureOf(second)).toMatchObject({ code: "ERR_CANCELLED" });
    await holds(refs, [1]);
    await release(refs, 1);
    expect(await first).toBe(1);
    expect(await held(refs)).toEqual([]);
    await stop(refs[0]!);
  });

  it("that is closed cancels what is under way, and stops the actors that it made, and no others", async () => {
    const before = await cluster.actors();
    const own = await ActorPool.create(Worker.with({ pool: "pool-0" }), 2);
    const refs = await workers(1);
    const given = new ActorPool(refs);
    const under = [own, given].map((pool) => failureOf(all(pool.map("hold", numbers(9)))));
    await holds(refs, [0]);
    const waiting = failureOf(given.submit("hold", 99));
    await Promise.all([own.close(), own.close(), given.close()]);
    for (const error of await Promise.all([...under, waiting]))
      expect(error).toMatchObject({ code: "ERR_CLOSED" });
    await holds(refs, []);
    expect(await refs[0]!.times(2)).toBe(4);
    expect(await failureOf(given.submit("times", 1))).toMatchObject({ code: "ERR_CLOSED" });
    expect(await failureOf(all(given.map("times", [1])))).toMatchObject({ code: "ERR_CLOSED" });
    await stop(refs[0]!);
    expect(await cluster.actors()).toHaveLength(before.length);
  });

  it("whose actors cannot all be made leaves none", async () => {
    const before = await cluster.actors();
    expect(await failureOf(ActorPool.create(Worker, 3, 0))).toMatchObject({ code: "ERR_ACTOR_START" });
    expect(await cluster.actors()).toHaveLength(before.length);
  });

  it("refuses what cannot be, with ERR_CONFIG", async () => {
    const refs = await workers(1);
    const pool = new ActorPool(refs);
    const wrong: (() => unknown)[] = [
      () => new ActorPool([]),
      () => new ActorPool([{}] as never),
      () => pool.map("times", [1], { concurrency: 0 }),
      () => pool.map("times", [1], { ahead: 1.5 }),
      () => pool.map("times", [1], { retries: -1 }),
      () => pool.map("times", [1], { timeout: NaN }),
      () => pool.map("times", 5 as never),
    ];
    for (const use of wrong) expect(use).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(await failureOf(ActorPool.create(Worker, 0))).toMatchObject({ code: "ERR_CONFIG" });
    expect(await failureOf(pool.submit("times", 1, { concurrency: NaN }))).toMatchObject({
      code: "ERR_CONFIG",
    });
    expect(await failureOf(pool.submit("nope" as "times", 1))).toMatchObject({
      code: "ERR_METHOD_NOT_FOUND",
    });
    await stop(refs[0]!);
  });
});
