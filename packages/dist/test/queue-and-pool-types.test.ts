import { describe, expectTypeOf, it } from "vitest";

import { ActorPool, dist, type Outcome, Queue, type Remote } from "../src/index.js";

interface Job {
  readonly id: number;
}

/** These only compile: nothing is started. */
const typed = (_check: () => unknown) => undefined;

describe("a queue has the types of its items", () => {
  it("within a process", () => {
    const queue = new Queue<Job>(3);
    expectTypeOf(queue).toEqualTypeOf<Queue<Job>>();
    typed(async () => {
      expectTypeOf(await queue.get()).toEqualTypeOf<Job | undefined>();
      expectTypeOf(await queue.get(3, { min: 2, timeout: 1 })).toEqualTypeOf<Job[]>();
      expectTypeOf(queue.tryGet()).toEqualTypeOf<Job | undefined>();
      expectTypeOf(queue.tryGet(2)).toEqualTypeOf<Job[]>();
      for await (const item of queue.items()) expectTypeOf(item).toEqualTypeOf<Job>();
      // @ts-expect-error -- that is no job
      await queue.put("job");
      // @ts-expect-error -- of one item there is no least
      await queue.get({ min: 2 });
    });
  });

  it("as an actor", () => {
    typed(async () => {
      const queue = await Queue.create<Job>(3);
      expectTypeOf(queue).toEqualTypeOf<Remote<Queue<Job>>>();
      expectTypeOf(await queue.get()).toEqualTypeOf<Job | undefined>();
      expectTypeOf(await queue.get(3, { min: 2 })).toEqualTypeOf<Job[]>();
      expectTypeOf(await queue.get.with({ timeout: 1 })(3)).toEqualTypeOf<Job[]>();
      expectTypeOf(await queue.tryGet()).toEqualTypeOf<Job | undefined>();
      expectTypeOf(await queue.tryGet(2)).toEqualTypeOf<Job[]>();
      expectTypeOf(await queue.size).toEqualTypeOf<number>();
      for await (const item of queue.items()) expectTypeOf(item).toEqualTypeOf<Job>();
      expectTypeOf(await Queue.with({ name: "jobs" }).create<Job>()).toEqualTypeOf<Remote<Queue<Job>>>();
      expectTypeOf(await Queue.get<Job>("jobs")).toEqualTypeOf<Remote<Queue<Job>>>();
      // @ts-expect-error -- that is no job
      await queue.put("job");
      // @ts-expect-error -- a number
      await Queue.create("3");
      // @ts-expect-error -- no such option
      Queue.with({ nmae: "jobs" });
    });
  });
});

describe("a pool has the types of its actors", () => {
  class Renderer {
    constructor(
      readonly scale: number,
      readonly name = "",
    ) {}
    render(job: Job): Promise<Uint8Array> {
      return Promise.resolve(new Uint8Array(job.id));
    }
    label(job: Job, text = ""): string {
      return text + String(job.id);
    }
    pair(a: Job, b: Job): number {
      return a.id + b.id;
    }
  }
  const Distant = dist(Renderer, import.meta);
  const pool = undefined as unknown as ActorPool<Renderer>;
  const jobs: Job[] = [];

  it("that are made with the constructor's arguments, or given", () => {
    typed(async () => {
      expectTypeOf(await ActorPool.create(Distant, 4, 1, "a")).toEqualTypeOf<ActorPool<Renderer>>();
      expectTypeOf(await ActorPool.create(Distant.with({ cpu: 1 }), 4, 1)).toEqualTypeOf<
        ActorPool<Renderer>
      >();
      expectTypeOf(new ActorPool([await Distant.create(1)])).toEqualTypeOf<ActorPool<Renderer>>();
      // @ts-expect-error -- scale is needed
      await ActorPool.create(Distant, 4);
      // @ts-expect-error -- a number
      await ActorPool.create(Distant, 4, "a");
      // @ts-expect-error -- no references
      new ActorPool([1]);
    });
  });

  it("whose methods are called by name, with the items that they take", () => {
    typed(async () => {
      for await (const image of pool.map("render", jobs)) expectTypeOf(image).toEqualTypeOf<Uint8Array>();
      for await (const label of pool.map("label", new Set(jobs), { ordered: false }))
        expectTypeOf(label).toEqualTypeOf<string>();
      for await (const outcome of pool.map("label", jobs, { settled: true }))
        expectTypeOf(outcome).toEqualTypeOf<Outcome<Job, string>>();
      expectTypeOf(await pool.submit("render", { id: 1 })).toEqualTypeOf<Uint8Array>();
      // @ts-expect-error -- no such method
      pool.map("redner", jobs);
      // @ts-expect-error -- it takes two
      pool.map("pair", jobs);
      // @ts-expect-error -- a property
      pool.map("scale", jobs);
      // @ts-expect-error -- no jobs
      pool.map("render", [1]);
      // @ts-expect-error -- that is no job
      await pool.submit("render", 1);
      // @ts-expect-error -- no such option
      pool.map("render", jobs, { orderd: true });
    });
  });

  it("which a function calls, that gives what it gives", () => {
    typed(async () => {
      const sums = pool.map((actor, job) => {
        expectTypeOf(actor).toEqualTypeOf<Remote<Renderer>>();
        expectTypeOf(job).toEqualTypeOf<Job>();
        return actor.pair(job, job);
      }, jobs);
      for await (const sum of sums) expectTypeOf(sum).toEqualTypeOf<number>();
      const scaled = await pool.submit(
        (actor, by: number, options) => actor.render.with(options)({ id: by }),
        2,
      );
      expectTypeOf(scaled).toEqualTypeOf<Uint8Array>();
      for await (const outcome of pool.map((_actor, job) => job.id > 1, jobs, { settled: true }))
        expectTypeOf(outcome).toEqualTypeOf<Outcome<Job, boolean>>();
    });
  });
});
