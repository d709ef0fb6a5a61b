import { TroupeError } from "@troupe/core";

import type { Decision } from "./decision.js";
import { Durations } from "./durations.js";
import { Line } from "./line/line.js";
import { Shapes } from "./line/shapes.js";
import { Submitter } from "./line/submitter.js";
import { TaskRecord, type TaskState } from "./line/task-record.js";
import { Turns } from "./line/turns.js";
import { placesOf, policyOf } from "./policy/policies.js";
import { defaultPrefetch, type Prefetch } from "./prefetch.js";
import { toRecall } from "./recall.js";
import { impossibleTask } from "./refusal.js";
import type { LostTask, SchedulerStats } from "./report.js";
import type { QueuedTask } from "./task.js";
import { Chooser } from "./worker/chooser.js";
import type { Worker } from "./worker/worker.js";
import { type How, WorkerState } from "./worker/worker-state.js";
import { Workers } from "./worker/workers.js";

/** How often a first task that needs much may see others go before it until a worker is kept free for it. */
const patience = 100;

/**
 * Decides which task starts where and when. It has no clock and does nothing by itself: it is told what happens, and
 * `next()` says what is to be done about it.
 *
 * Running tasks never take more than their worker has. No core rests while a task that may use it waits, but where
 * one is kept free for a task that needs more. Tasks of one submitter that need the same at the same place start in
 * the order in which they were submitted; submitters get the same, in core-milliseconds.
 */
export class TaskScheduler {
  readonly #prefetch: Prefetch;
  readonly #workers = new Workers();
  readonly #chooser = new Chooser(this.#workers);
  readonly #shapes = new Shapes();
  readonly #turns = new Turns();
  readonly #durations = new Durations();
  readonly #submitters = new Map<string, Submitter>();
  readonly #records = new Map<number, TaskRecord>();
  /** Workers whose room has changed, and was not offered yet to those who wait. */
  readonly #changed = new Set<WorkerState>();
  /** Those who have lines that nobody has looked at yet. */
  readonly #fresh = new Set<Submitter>();
  /** Workers at which something may lie. */
  readonly #lying = new Set<WorkerState>();
  #mustRecheck = false;
  #newest = 0;
  #oldest = 0;
  #decisions: Decision[] = [];

  constructor(options: { readonly prefetch?: Partial<Prefetch> | undefined } = {}) {
    this.#prefetch = { ...defaultPrefetch, ...options.prefetch };
  }

  /** @throws ERR_CONFIG for a name that another has, or a capacity that is none. */
  addWorker(worker: Worker): void {
    if (this.#workers.named(worker.name)) throw taken("worker", worker.name);
    const state = this.#stateOf(worker);
    this.#workers.add(state);
    this.#touch(state);
  }

  /** One that is to come: until then tasks wait for it that need what only it has, rather than being refused. */
  expectWorker(worker: Worker): void {
    if (!this.#workers.named(worker.name)) this.#workers.expect(this.#stateOf(worker));
  }

  /**
   * It has left, or is not to come. Tasks that nobody else could run are refused by `next()`, unless it `comesBack`.
   *
   * @returns What was there; these tasks are forgotten. Submit them again if they are to run again.
   */
  removeWorker(name: string, options: { readonly comesBack?: boolean | undefined } = {}): LostTask[] {
    const worker = this.#workers.named(name);
    if (!worker) {
      this.#mustRecheck ||= this.#workers.expectNoMore(name);
      return [];
    }
    const records = [...worker.running, ...worker.waiting];
    const lost = records.map(({ task, state }) => ({ task, state: state as LostTask["state"] }));
    for (const record of records) this.#forget(record);
    this.#workers.hosts.change(worker, -records.length);
    this.#workers.remove(worker);
    this.#changed.delete(worker);
    this.#lying.delete(worker);
    for (const shape of this.#shapes.all) shape.forget(worker);
    if (worker.reservedFor) this.#unreserve(worker.reservedFor);
    this.#changed.delete(worker);
    if (options.comesBack) this.#workers.expect(this.#stateOf(worker.worker));
    this.#mustRecheck ||= !options.comesBack;
    return lost;
  }

  /**
   * @param options.first Before all others of its line: for one that runs again.
   * @throws ERR_NO_RESOURCES when no worker could ever run it.
   * @throws ERR_CONFIG for an id that another task has, or needs that are none.
   */
  submit(task: QueuedTask, options: { readonly first?: boolean | undefined } = {}): void {
    if (this.#records.has(task.id)) throw taken("task", String(task.id));
    const order = options.first ? --this.#oldest : ++this.#newest;
    const record = new TaskRecord(task, this.#lineFor(task), this.#durations.of(task.fn), order);
    this.#records.set(task.id, record);
    this.#enqueue(record);
  }

  /**
   * Takes a task out of its line: `removed`. One that was given to a worker stays until it has `finished()`, in
   * whatever way its worker sees to that: `assigned`.
   */
  cancel(id: number): "removed" | "assigned" | "unknown" {
    const record = this.#records.get(id);
    if (!record) return "unknown";
    if (record.worker) return "assigned";
    this.#dequeue(record);
    this.#records.delete(id);
    this.#dropIdle(record.line.submitter);
    return "removed";
  }

  /**
   * A task has ended, well or not.
   *
   * @param ms How long it ran. Without it nothing is learned of its function.
   */
  finished(id: number, ms?: number): void {
    const record = this.#records.get(id);
    if (!record?.worker) return;
    if (ms !== undefined) this.#durations.add(record.estimate, ms);
    this.#leave(record, record.worker);
    this.#forget(record);
  }

  /** A running task waits for another. Others may have its cores until it was `unblocked()`. */
  blocked(id: number): void {
    const record = this.#records.get(id);
    if (record?.state !== "running" || !record.worker) return;
    const { worker } = record;
    this.#resume(worker.block(record));
    // What it waits for may need the very room that is kept free.
    if (worker.reservedFor) this.#unreserve(worker.reservedFor);
    this.#touch(worker);
  }

  /** A blocked task could go on. It does when `next()` says `resume`. */
  unblocked(id: number): void {
    const record = this.#records.get(id);
    if (record?.state !== "blocked" || !record.worker) return;
    this.#resume(record.worker.unblock(record));
    this.#touch(record.worker);
  }

  /** Tasks that were recalled and had not begun. They wait again where they were in their lines. */
  returned(ids: Iterable<number>): void {
    for (const id of ids) {
      const record = this.#records.get(id);
      if (!record?.worker) continue;
      this.#leave(record, record.worker);
      record.line.submitter.assigned--;
      record.worker = undefined;
      record.state = "queued";
      try {
        record.line = this.#lineFor(record.task);
        this.#enqueue(record);
      } catch (error) {
        this.#refuse(record, error as TroupeError);
      }
    }
  }

  /** What is to be done now. Call it after any change; what it says counts as done. */
  next(): Decision[] {
    if (this.#mustRecheck) this.#recheck();
    while (this.#changed.size > 0 || this.#fresh.size > 0) this.#place();
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  stateOf(id: number): TaskState | undefined {
    return this.#records.get(id)?.state;
  }

  /** Counts them all. */
  stats(): SchedulerStats {
    const counts = { queued: 0, waiting: 0, running: 0, blocked: 0, resuming: 0 };
    for (const { state } of this.#records.values()) counts[state]++;
    return { ...counts, workers: this.#workers.size, submitters: this.#submitters.size };
  }

  /**
   * Room that was free already is for those who come anew, and only it. Room that has become free is offered in turn
   * to all who wait; what they leave is free from then on. Nobody takes of another's place, and nothing is laid
   * behind others, until all have started what they can.
   */
  #place(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#placeFresh("start");
    this.#fill(changed, "start");
    this.#fill(changed, "elsewhere");
    for (const worker of changed) {
      worker.isSettled = !this.#changed.has(worker);
      for (const shape of this.#shapes.all) worker.offer(shape);
    }
    this.#placeFresh("elsewhere");
    this.#fill(changed, "queue");
    this.#placeFresh("queue");
    for (const submitter of this.#fresh) submitter.fresh.clear();
    this.#fresh.clear();
    for (const worker of changed) this.#recallFor(worker);
  }

  /** Each submitter places one task at a time, from the line of its that came first and can. */
  #placeFresh(how: How): void {
    if (this.#fresh.size === 0) return;
    let turn = [...this.#fresh].map(({ fresh }) => [...fresh].reverse());
    while (turn.length > 0) turn = turn.filter((lines) => this.#placeOne(lines, how));
  }

  #placeOne(lines: Line[], how: How): boolean {
    for (let line = lines.at(-1); line; line = lines.at(-1)) {
      const worker = line.first && this.#chooser.choose(line.first, how);
      if (line.first && worker) {
        this.#assign(line.first, worker, how);
        worker.offer(line.shape);
        return true;
      }
      lines.pop();
    }
    return false;
  }

  /** Each worker takes one at a time, so that the first does not take what another would start. */
  #fill(workers: readonly WorkerState[], how: How): void {
    let turn = workers;
    while (turn.length > 0) turn = turn.filter((worker) => this.#pull(worker, how));
  }

  #pull(worker: WorkerState, how: How): boolean {
    const { reservedFor } = worker;
    if (reservedFor) return how === "start" && this.#startReserved(reservedFor, worker);
    if (how === "queue") {
      if (!worker.hasPatience()) return false;
    } else if (worker.waiting.size > 0 || worker.hasFewerThan(this.#shapes.leastCpu)) return false;
    let tooBig: Line[] | undefined;
    for (const submitter of this.#turns) {
      const record = submitter.find(worker, how, (line) => (tooBig ??= []).push(line));
      if (!record) continue;
      if (tooBig?.some((line) => this.#reserves(line, record, worker))) return false;
      this.#assign(record, worker, how);
      return true;
    }
    return false;
  }

  #startReserved(line: Line, worker: WorkerState): boolean {
    const { first } = line;
    if (!first || !worker.takes(first, "start")) return false;
    this.#assign(first, worker, "start");
    return true;
  }

  /** Whether the worker is kept free from now on for a line that others went before too often. */
  #reserves(line: Line, other: TaskRecord, worker: WorkerState): boolean {
    if (!worker.isKeptFrom(line.shape, other.line.shape)) return false;
    if (++line.passedOver < patience || line.reserved || worker.blocked > 0) return false;
    line.reserved = worker;
    worker.reservedFor = line;
    return true;
  }

  #unreserve(line: Line): void {
    const { reserved } = line;
    line.passedOver = 0;
    if (!reserved) return;
    line.reserved = undefined;
    reserved.reservedFor = undefined;
    this.#touch(reserved);
  }

  #assign(record: TaskRecord, worker: WorkerState, how: How): void {
    const { task, line, estimate } = record;
    const { cpu, gpu } = task.needs;
    this.#turns.serve(line.submitter, Math.max(cpu, gpu, 0.01) * this.#durations.guess(estimate));
    this.#dequeue(record);
    line.submitter.assigned++;
    record.expected = estimate.ms;
    this.#workers.hosts.change(worker, 1);
    if (how === "queue") {
      worker.queue(record);
      this.#lying.add(worker);
    } else worker.start(record);
    this.#decisions.push({ kind: how === "queue" ? "queue" : "start", task, worker: worker.name });
  }

  #recallFor(thief: WorkerState): void {
    if (this.#lying.size === 0 || thief.waiting.size > 0 || thief.reservedFor) return;
    if (thief.hasFewerThan(this.#shapes.leastCpu)) return;
    for (const worker of this.#lying) if (worker.waiting.size === 0) this.#lying.delete(worker);
    for (const record of toRecall(thief, this.#lying)) {
      record.recalled = true;
      record.worker!.recalled++;
      this.#decisions.push({ kind: "recall", task: record.task, worker: record.worker!.name });
    }
  }

  /** @throws ERR_NO_RESOURCES */
  #lineFor(task: QueuedTask): Line {
    const shape = this.#shapes.of(task.needs, () => this.#workers.all);
    const policy = policyOf(task.scheduling);
    const place = policy.placeOf(task, (at) => this.#workers.isPossible(at, shape));
    if (!this.#workers.isPossible(place, shape)) throw impossibleTask(shape, place, this.#workers);
    let submitter = this.#submitters.get(task.submitter);
    if (!submitter) this.#submitters.set(task.submitter, (submitter = new Submitter(task.submitter)));
    return submitter.line(place, shape) ?? new Line(submitter, policy, place, shape);
  }

  #enqueue(record: TaskRecord): void {
    const { line } = record;
    const { submitter } = line;
    if (line.length === 0) {
      submitter.addLine(line);
      submitter.fresh.add(line);
      this.#fresh.add(submitter);
    }
    line.add(record);
    if (submitter.queued++ === 0) this.#turns.enter(submitter);
  }

  #dequeue(record: TaskRecord): void {
    const { line } = record;
    const { submitter } = line;
    if (line.first === record) this.#unreserve(line);
    line.remove(record);
    if (line.length === 0) submitter.removeLine(line);
    if (--submitter.queued === 0) this.#turns.leave(submitter);
  }

  /** Takes a task from its worker. */
  #leave(record: TaskRecord, worker: WorkerState): void {
    this.#resume(worker.release(record));
    if (record.recalled) worker.recalled--;
    record.recalled = false;
    this.#workers.hosts.change(worker, -1);
    this.#touch(worker);
  }

  #forget(record: TaskRecord): void {
    const { submitter } = record.line;
    this.#records.delete(record.task.id);
    submitter.assigned--;
    this.#dropIdle(submitter);
  }

  #dropIdle(submitter: Submitter): void {
    if (submitter.queued > 0 || submitter.assigned > 0) return;
    this.#submitters.delete(submitter.name);
    this.#fresh.delete(submitter);
  }

  #resume(records: readonly TaskRecord[]): void {
    for (const { task, worker } of records) {
      this.#decisions.push({ kind: "resume", task, worker: worker!.name });
    }
  }

  #touch(worker: WorkerState): void {
    worker.isSettled = false;
    this.#changed.add(worker);
  }

  #recheck(): void {
    this.#mustRecheck = false;
    for (const line of [...this.#turns].flatMap((submitter) => submitter.lines())) {
      const place = line.policy.openTo ?? line.place;
      if (this.#workers.isPossible(place, line.shape)) continue;
      const error = impossibleTask(line.shape, place, this.#workers);
      for (let record = line.first; record; record = line.first) {
        this.#dequeue(record);
        this.#refuse(record, error);
      }
    }
  }

  #refuse(record: TaskRecord, error: TroupeError): void {
    this.#records.delete(record.task.id);
    this.#dropIdle(record.line.submitter);
    this.#decisions.push({ kind: "refuse", task: record.task, error });
  }

  #stateOf(worker: Worker): WorkerState {
    return new WorkerState(worker, placesOf(worker), this.#prefetch);
  }
}

function taken(what: string, name: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `There is a ${what} ${name} already. Give each its own.`);
}
