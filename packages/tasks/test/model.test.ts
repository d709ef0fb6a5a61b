import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type QueuedTask, TaskScheduler, type Worker } from "../src/index.js";
import { cores, task as taskOf, teach, worker as workerOf } from "./support.js";

const workers: Readonly<Record<string, Worker>> = Object.fromEntries(
  [
    workerOf("a0", "a", { capacity: { ...cores(2), memory: 10 } }),
    workerOf("a1", "a", { capacity: cores(1) }),
    workerOf("b0", "b", { capacity: cores(2) }),
    workerOf("c0", "c", { capacity: { ...cores(4), memory: 20 } }),
    workerOf("g0", "b", { capacity: cores(1), bundle: { group: "g", bundle: 0 } }),
  ].map((worker) => [worker.name, worker]),
);

const submission = fc.record({
  kind: fc.constant("submit" as const),
  submitter: fc.constantFrom("x", "y", "z"),
  count: fc.integer({ min: 1, max: 8 }),
  fn: fc.constantFrom("quick", "quick", "slow", undefined),
  needs: fc.constantFrom(cores(0.5), cores(1), cores(1), cores(2), { ...cores(1), memory: 6 }),
  scheduling: fc.constantFrom<QueuedTask["scheduling"][]>("fifo", "fifo", "spread", "locality", "locality", {
    host: "a",
  }),
  args: fc.constantFrom([], [{ host: "a", bytes: 5 }], [{ host: "b", bytes: 5, pool: "b0" }]),
});
const bundled = fc.record({
  kind: fc.constant("submit" as const),
  submitter: fc.constantFrom("x", "y"),
  count: fc.integer({ min: 1, max: 8 }),
  fn: fc.constant("quick"),
  needs: fc.constant(cores(0.5)),
  scheduling: fc.constant<QueuedTask["scheduling"]>({ group: "g", bundle: 0 }),
  args: fc.constant([]),
});
const act = fc.record({
  kind: fc.constantFrom(
    "finish",
    "finish",
    "finish",
    "finish",
    "block",
    "unblock",
    "cancel",
    "return",
    "end",
  ),
  which: fc.nat(1000),
});
const change = fc.record({
  kind: fc.constantFrom("leave", "come"),
  name: fc.constantFrom("a0", "a1", "b0", "c0"),
});
const wait = fc.constant({ kind: "wait" as const });
const step = fc.oneof(
  { weight: 8, arbitrary: submission },
  { weight: 1, arbitrary: bundled },
  { weight: 20, arbitrary: act },
  { weight: 3, arbitrary: change },
  { weight: 10, arbitrary: wait },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What is known of the tasks by what was told to the scheduler and by it, and nothing of how it decides. */
class Model {
  readonly scheduler = new TaskScheduler();
  readonly tasks = new Map<number, QueuedTask>();
  /** Where tasks are that were given to workers. */
  readonly at = new Map<number, string>();
  readonly present = new Set<string>();
  readonly recalled = new Set<number>();
  /** Those that went back into their lines. */
  readonly repeated = new Set<number>();
  readonly kinds: Record<string, number> = {};
  readonly #lastOf = new Map<string, number>();
  #ids = 0;

  constructor() {
    for (const worker of Object.values(workers)) {
      this.present.add(worker.name);
      this.scheduler.addWorker(worker);
    }
    teach(this.scheduler, "quick", 0.5);
    teach(this.scheduler, "slow", 50);
  }

  run(step: Step): void {
    const { scheduler } = this;
    if (step.kind === "wait") this.settle();
    else if (step.kind === "submit") {
      const { submitter, fn, needs, scheduling, args } = step;
      for (let i = 0; i < step.count; i++) {
        const task = taskOf(++this.#ids, { submitter, fn, needs, scheduling, args });
        this.tasks.set(task.id, task);
        scheduler.submit(task);
      }
    } else if ("name" in step) this.change(step.kind, step.name);
    else this.act(step.kind, step.which);
  }

  change(kind: string, name: string): void {
    if (kind === "come" && !this.present.has(name)) {
      this.present.add(name);
      this.scheduler.addWorker(workers[name]!);
    }
    if (kind === "come" || !this.present.delete(name)) return;
    const there = [...this.at].filter(([, at]) => at === name).map(([id]) => id);
    const lost = this.scheduler.removeWorker(name, { comesBack: true });
    expect(lost.map(({ task }) => task.id).sort(byNumber)).toEqual(there.sort(byNumber));
    for (const { task } of lost) {
      this.at.delete(task.id);
      this.recalled.delete(task.id);
      this.repeated.add(task.id);
      this.scheduler.submit(task, { first: true });
    }
  }

  act(kind: string, which: number): void {
    const pick = (ids: number[]): number | undefined => ids[which % Math.max(ids.length, 1)];
    const inState = (state: string) =>
      [...this.tasks.keys()].filter((id) => this.scheduler.stateOf(id) === state);
    if (kind === "finish") this.finish(pick(inState("running")));
    // A task may end without going on, as when its time is over.
    if (kind === "end") this.finish(pick([...inState("blocked"), ...inState("resuming")]));
    if (kind === "block") this.scheduler.blocked(pick(inState("running")) ?? -1);
    if (kind === "unblock") this.scheduler.unblocked(pick(inState("blocked")) ?? -1);
    if (kind === "cancel") {
      const id = pick([...this.tasks.keys()]);
      if (id !== undefined && this.scheduler.cancel(id) === "removed") {
        expect(this.at.has(id)).toBe(false);
        this.tasks.delete(id);
      }
    }
    if (kind === "return") {
      const ids = [...this.recalled].filter((id) => this.scheduler.stateOf(id) === "waiting");
      for (const id of ids) {
        this.at.delete(id);
        this.repeated.add(id);
      }
      this.recalled.clear();
      this.scheduler.returned(ids);
    }
  }

  finish(id: number | undefined): void {
    if (id === undefined) return;
    const { fn } = this.tasks.get(id)!;
    this.tasks.delete(id);
    this.at.delete(id);
    this.recalled.delete(id);
    this.scheduler.finished(id, fn === "quick" ? 0.5 : fn === "slow" ? 50 : undefined);
  }

  settle(): void {
    for (const decision of this.scheduler.next()) {
      const { id } = decision.task;
      this.kinds[decision.kind] = (this.kinds[decision.kind] ?? 0) + 1;
      if (decision.kind === "refuse") throw new Error(`Task ${id} was refused.`);
      if (decision.kind === "recall") {
        expect(this.at.get(id)).toBe(decision.worker);
        this.recalled.add(id);
      } else if (decision.kind === "resume") expect(this.at.get(id) ?? decision.worker).toBe(decision.worker);
      else this.assign(this.tasks.get(id)!, decision.worker);
    }
    expect(this.scheduler.next()).toEqual([]);
    this.check();
  }

  assign(task: QueuedTask, name: string): void {
    // Given to one worker, that is there, and once.
    expect(this.at.has(task.id)).toBe(false);
    expect(this.present.has(name)).toBe(true);
    expect(mayRun(workers[name]!, task)).toBe(true);
    this.at.set(task.id, name);
    if (this.repeated.has(task.id)) return;
    const line = JSON.stringify([task.submitter, task.scheduling, task.needs, task.args]);
    expect(this.#lastOf.get(line) ?? 0).toBeLessThan(task.id);
    this.#lastOf.set(line, task.id);
  }

  check(): void {
    const queued = [...this.tasks.values()].filter(({ id }) => !this.at.has(id));
    for (const { id } of queued) expect(this.scheduler.stateOf(id)).toBe("queued");
    for (const name of this.present) {
      const free = this.freeOf(name);
      expect(Math.min(free.cpu, free.memory)).toBeGreaterThanOrEqual(0);
      if (this.idsAt(name).some((id) => ["waiting", "resuming"].includes(this.scheduler.stateOf(id)!)))
        continue;
      // No core rests while a task waits that may use it.
      for (const task of queued) {
        const fits = task.needs.cpu <= free.cpu && task.needs.memory <= free.memory;
        expect(fits && mayRun(workers[name]!, task)).toBe(false);
      }
    }
  }

  idsAt(name: string): number[] {
    return [...this.at].filter(([, at]) => at === name).map(([id]) => id);
  }

  freeOf(name: string): { cpu: number; memory: number } {
    const free = { ...workers[name]!.capacity };
    for (const id of this.idsAt(name)) {
      const { needs } = this.tasks.get(id)!;
      const state = this.scheduler.stateOf(id);
      if (state === "running") free.cpu -= needs.cpu;
      if (state !== "waiting") free.memory -= needs.memory;
    }
    return free;
  }

  /** Everything is let run to its end. */
  finishAll(): void {
    for (const name of Object.keys(workers)) this.change("come", name);
    for (let left = this.tasks.size; left > 0; left = this.tasks.size) {
      this.settle();
      for (const id of this.tasks.keys()) this.scheduler.unblocked(id);
      this.settle();
      for (const id of [...this.tasks.keys()]) if (this.scheduler.stateOf(id) === "running") this.finish(id);
      expect(this.tasks.size).toBeLessThan(left);
    }
    expect(this.scheduler.stats()).toEqual({
      queued: 0,
      waiting: 0,
      running: 0,
      blocked: 0,
      resuming: 0,
      submitters: 0,
      workers: Object.keys(workers).length,
    });
  }
}

function mayRun({ host, bundle }: Worker, { scheduling }: QueuedTask): boolean {
  if (typeof scheduling === "string") return bundle === undefined;
  if ("host" in scheduling) return bundle === undefined && scheduling.host === host;
  return bundle?.group === scheduling.group && bundle.bundle === scheduling.bundle;
}

function byNumber(a: number, b: number): number {
  return a - b;
}

describe("any tasks that come, wait for each other, end, are cancelled and recalled, while workers come and go", () => {
  it("never take more than there is, start once each, in order, as soon as they can, and all end", () => {
    const kinds = new Map<string, number>();
    const property = fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
      const model = new Model();
      for (const each of steps) model.run(each);
      model.finishAll();
      for (const [kind, count] of Object.entries(model.kinds))
        kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    });
    fc.assert(property, { numRuns: 200 });
    // What was promised was also put to the test.
    for (const kind of ["start", "queue", "resume", "recall"]) expect(kinds.get(kind)).toBeGreaterThan(20);
  });
});

describe("any two submitters with tasks in line all the time", () => {
  it("differ in core-milliseconds by a few tasks at most", () => {
    const load = fc.record({ ms: fc.integer({ min: 1, max: 50 }), cpu: fc.constantFrom(0.5, 1, 2) });
    const property = fc.property(fc.array(load, { minLength: 2, maxLength: 5, size: "max" }), (loads) => {
      const scheduler = new TaskScheduler({ prefetch: { tasks: 0 } });
      scheduler.addWorker(workerOf("w", "h", { capacity: cores(2) }));
      const given = loads.map(() => 0);
      loads.forEach(({ ms }, index) => {
        scheduler.submit(taskOf(-1 - index, { fn: `f${index}` }));
        scheduler.next();
        scheduler.finished(-1 - index, ms);
      });
      let id = 0;
      const submit = (index: number) => {
        const needs = cores(loads[index]!.cpu);
        scheduler.submit(taskOf(++id, { submitter: `s${index}`, fn: `f${index}`, needs }));
      };
      loads.forEach((_load, index) => {
        for (let i = 0; i < 60; i++) submit(index);
      });
      const counts = loads.map(() => 0);
      while (Math.max(...counts) < 50) {
        const started = scheduler.next();
        for (const { task } of started) {
          given[Number(task.submitter.slice(1))]! += costOf(task);
          counts[Number(task.submitter.slice(1))]!++;
        }
        for (const { task } of started)
          scheduler.finished(task.id, loads[Number(task.submitter.slice(1))]!.ms);
      }
      const largest = Math.max(...loads.map(({ ms, cpu }) => ms * cpu));
      // As many as four start at a time.
      expect(Math.max(...given) - Math.min(...given)).toBeLessThanOrEqual(4 * largest);

      function costOf({ submitter }: QueuedTask): number {
        const { ms, cpu } = loads[Number(submitter.slice(1))]!;
        return ms * cpu;
      }
    });
    fc.assert(property, { numRuns: 100 });
  });
});
