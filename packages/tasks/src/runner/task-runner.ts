import { devicesOf, type Node } from "@troupe/cluster";
import { isThenable, TroupeError, withDeadline } from "@troupe/core";
import { type ObjectRef, objects } from "@troupe/objects";

import { type AnyFunction, addressOf } from "../definition/definition.js";
import { loadTask } from "../definition/load-task.js";
import { shared } from "../shared.js";
import { streamWindow } from "../submit/item-stream.js";
import { asError } from "../submit/errors.js";
import { type Form, valueOf } from "../values/form.js";
import { discard } from "../values/settle.js";
import { listenOp, type RunForm, runOp, type ToWorker } from "../wire.js";
import { Kind, turnTime } from "./kind.js";
import { Outbox } from "./outbox.js";
import { resultOf, resultsOf } from "./results.js";
import { giveItems, isIterator } from "./items.js";
import { LostArgument, lostArgument } from "./lost-argument.js";
import { Run } from "./run.js";
import { RunQueue } from "./run-queue.js";
import { Threads } from "./threads.js";

/** Milliseconds for tasks to end when their pool does: less than that has. */
const stopGrace = 4_000;
/** Milliseconds for a run to end that was given up: as many as its pool has to answer. */
const endGrace = 1_000;
/** Functions that are remembered. */
const maxKinds = 10_000;

/**
 * Runs the tasks that others send to this pool: in the order in which they come, as many side by side as it has cores
 * for.
 */
export class TaskRunner {
  readonly #kinds = new Map<string, Kind>();
  readonly #queue = new RunQueue();
  /** Those that came and are not over, by who sent them. */
  readonly #runs = new Map<string, Map<number, Run>>();
  readonly #outbox: Outbox;
  readonly #threads = new Threads();
  /** Runs that have begun. */
  #running = 0;
  /** Cores that no run has. */
  #free: number;
  /** Whether the queue is being worked on, or will be in this turn or the next. */
  #isBusy = false;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  /** @param cpu Cores of this pool. */
  constructor(
    private readonly node: Node,
    cpu: number,
  ) {
    this.#free = cpu;
    this.#outbox = new Outbox(node);
    node.serve(runOp, (messages, from) => this.#receive(messages as readonly ToWorker[], from));
    node.serve(listenOp, () => null);
    node.onGone((name) => this.#abandon(name));
    objects.onWait((begins) => this.#waits(begins));
  }

  /** What runs now, for the output that it writes. */
  readonly currentPath = (): string | undefined => {
    const run = shared.running.getStore();
    return run && `task ${run.kind.name}`;
  };

  /** Begins nothing more, and gives back what has not begun. Settles when what has begun is over. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const run of this.#queue.take(() => true)) this.#giveBack(run);
    const idle = new Promise<void>((resolve) => (this.#whenIdle = resolve));
    // What has not ended then ends with the process.
    if (this.#running > 0)
      await withDeadline("the end of tasks", idle, { timeout: stopGrace }).catch(() => {});
    this.#outbox.flush();
    await this.#threads.close();
  }

  #receive(messages: readonly ToWorker[], from: string): void {
    let runs = this.#runs.get(from);
    if (!runs) this.#runs.set(from, (runs = new Map<number, Run>()));
    for (const message of messages) {
      if (message[0] === "run") this.#take(message, from, runs);
      else this.#tell(message, runs.get(message[1]));
    }
    this.#work();
  }

  #take(
    [, module, name, options, forms]: Extract<ToWorker, readonly ["run", ...unknown[]]>,
    owner: string,
    runs: Map<number, Run>,
  ): void {
    if (typeof module !== "string" || typeof name !== "string" || !Array.isArray(forms))
      throw new TroupeError("ERR_PROTOCOL", `"${owner}" sent runs that are none.`);
    const kind = this.#kind(module, name);
    for (const form of forms as readonly RunForm[]) {
      const run = new Run(kind, owner, options, form);
      if (run.skip !== undefined) run.credit = streamWindow;
      runs.set(run.id, run);
      if (this.#isClosed) this.#giveBack(run);
      else this.#queue.push(run);
    }
  }

  #tell(message: Exclude<ToWorker, readonly ["run", ...unknown[]]>, run: Run | undefined): void {
    if (!run) return;
    switch (message[0]) {
      case "abort":
      case "recall":
        if (run.state === "queued") {
          this.#queue.take((queued) => queued === run);
          this.#giveBack(run);
        } else if (message[0] === "abort") this.#abort(run);
        return;
      case "credit":
        run.credit += message[2];
        run.onCredit?.();
    }
  }

  /** Begins what may begin. */
  readonly #work = (): void => {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const end = performance.now() + turnTime;
    for (let run = this.#queue.first; run; run = this.#queue.first) {
      if (!this.#hasRoomFor(run)) break;
      const fn = loadTask(run.kind.module, run.kind.name, this.node.importer);
      if (typeof fn !== "function") return this.#workAfter(fn, run);
      const { batch } = run.kind;
      const some = this.#some(run, batch);
      const told = this.#announce(some, batch);
      if (told) return this.#workAfter(told, run);
      this.#beginSome(some, fn);
      if (batch === 1 || performance.now() >= end) return this.#workNextTurn();
    }
    this.#isBusy = false;
    this.#outbox.flush();
  };

  /** What came of this turn is told before anything begins of which nobody knows how long it takes. */
  #workNextTurn(): void {
    this.#outbox.flush();
    if (!this.#queue.first) {
      this.#isBusy = false;
      return;
    }
    setImmediate(() => {
      this.#isBusy = false;
      this.#work();
    });
  }

  /** @param first Which cannot begin before, and fails with it. */
  #workAfter(ready: Promise<unknown>, first: Run): void {
    const again = () => {
      this.#isBusy = false;
      this.#work();
    };
    ready.then(again, (error: unknown) => {
      // It may have been given up meanwhile.
      if (this.#queue.first === first) this.#fail(this.#queue.shift()!, error);
      again();
    });
  }

  #hasRoomFor(run: Run): boolean {
    return run.cpu <= this.#free || this.#running === 0;
  }

  /** The next runs of a function, in a row: either all were announced, or none was. */
  #some({ kind, isAnnounced, options }: Run, most: number): Run[] {
    // The beginning of one with a limit is told by itself.
    if (options.isTimed === true) most = 1;
    return this.#queue.row(
      most,
      (run) =>
        run.kind === kind && run.isAnnounced === isAnnounced && run.options.isTimed === options.isTimed,
    );
  }

  #beginSome(some: readonly Run[], fn: AnyFunction): void {
    for (const run of some) {
      if (!this.#hasRoomFor(run)) return;
      this.#queue.shift();
      this.#begin(run, fn);
    }
  }

  /**
   * Has owners know what may have begun: of one alone they think so anyway, once they know what came of others.
   *
   * @returns When that has left this process, if it has not: a function that never returns would keep it here.
   */
  #announce(runs: readonly Run[], batch: number): Promise<unknown> | undefined {
    const [first] = runs;
    if (first!.isAnnounced) return undefined;
    const isKnown = runs.length === 1 && this.#running === 0 && first!.options.isTimed !== true;
    if (isKnown && batch > 1) return undefined;
    const last = new Map<string, Run>();
    for (const run of runs) {
      run.isAnnounced = !isKnown;
      last.set(run.owner, run);
    }
    if (!isKnown) for (const run of last.values()) this.#outbox.add(run, ["began", run.id]);
    this.#outbox.flush();
    const waits = [...last.values()].flatMap((run) => this.#outbox.whenSent(run) ?? []);
    return waits.length > 0 ? Promise.all(waits) : undefined;
  }

  #begin(run: Run, fn: AnyFunction): void {
    run.state = "running";
    run.began = performance.now();
    this.#free -= run.cpu;
    this.#running++;
    if (run.devices) Object.assign(process.env, devicesOf(run.devices));
    try {
      const result = this.#call(run, fn);
      if (result instanceof Promise || run.skip !== undefined || isThenable(result)) {
        run.kind.isAsync = true;
        void this.#follow(run, result);
      } else this.#finish(run, result);
    } catch (error) {
      this.#fail(run, error);
    }
  }

  #call(run: Run, fn: AnyFunction): unknown {
    const { forms, options } = run;
    const args = new Array<unknown>(forms.length);
    let isLate = false;
    for (let index = 0; index < forms.length; index++) {
      const arg = valueOf(forms[index]);
      args[index] =
        arg instanceof Promise
          ? arg.catch((error: unknown) => Promise.reject(lostArgument(index, asError(error))))
          : arg;
      isLate ||= arg instanceof Promise;
    }
    if (options.isThread === true) return this.#threads.run(run, args);
    const call = (given: readonly unknown[]) => shared.running.run(run, () => fn(...given));
    return isLate ? Promise.all(args).then(call) : call(args);
  }

  async #follow(run: Run, result: unknown): Promise<void> {
    try {
      const value = await result;
      if (run.skip !== undefined && isIterator(value)) {
        await giveItems(run, value, {
          give: (form, refs) => {
            if (run.state === "over") return discard(form, undefined, refs);
            this.#outbox.add(run, ["items", run.id, [form], refs.length > 0 ? refs : null], refs);
          },
          waits: (begins) => this.#lend(run, begins),
        });
        this.#finish(run, undefined);
      } else this.#finish(run, value);
    } catch (error) {
      this.#fail(run, error);
    }
  }

  #finish(run: Run, value: unknown): void {
    if (run.state === "over") return;
    try {
      const formed = run.options.returns === undefined ? resultOf(run, value) : resultsOf(run, value);
      if (formed instanceof Promise) {
        formed.then(
          ({ form, refs }) => this.#done(run, form, refs),
          (error: unknown) => this.#fail(run, error),
        );
      } else this.#done(run, formed.form, formed.refs);
    } catch (error) {
      this.#fail(run, error);
    }
  }

  #done(run: Run, form: Form | readonly Form[], refs: readonly ObjectRef[]): void {
    if (run.state === "over") return discard(form, run.options.returns, refs);
    const ms = performance.now() - run.began;
    run.kind.ran(ms);
    this.#end(run);
    const tell = () => {
      const { id } = run;
      this.#outbox.add(run, refs.length === 0 ? ["done", id, ms, form] : ["done", id, ms, form, refs], refs);
    };
    // What is inside the arguments is held by its owner until it knows that this process has it.
    const acknowledged = run.refs.length > 0 ? objects.whenAcknowledged : undefined;
    if (acknowledged) void acknowledged.then(tell);
    else tell();
  }

  #fail(run: Run, error: unknown): void {
    if (run.state === "over") return;
    if (error instanceof LostArgument) {
      this.#end(run);
      return this.#outbox.add(run, ["lost", run.id, error.index, error.cause]);
    }
    const ms = run.state === "running" ? performance.now() - run.began : NaN;
    if (run.state === "running") run.kind.ran(ms);
    this.#end(run);
    this.#outbox.add(run, ["failed", run.id, ms, asError(error)]);
  }

  /** Nobody wants a run that has begun. */
  #abort(run: Run, reason?: string): void {
    if (run.isAborted) return;
    run.abort(reason);
    setTimeout(() => this.#leaveAlone(run), endGrace).unref();
  }

  /** Others have the cores of a run that does not end, and what it gives after all is nobody's. */
  #leaveAlone(run: Run): void {
    // Nothing is begun in a pool that closes: the run has until its end.
    if (run.state !== "running" || this.#isClosed) return;
    const { name } = run.kind;
    const text = `The task ${name} was cancelled, or took too long, and has not ended: its cores are given to others while it goes on. Have it end when context().signal aborts.`;
    this.node.log.warn({ task: name }, text);
    this.#end(run);
    this.#outbox.add(run, ["failed", run.id, NaN, new TroupeError("ERR_CANCELLED", text)]);
  }

  #giveBack(run: Run): void {
    this.#end(run);
    this.#outbox.add(run, ["returned", run.id]);
  }

  #end(run: Run): void {
    if (run.state === "running") {
      this.#running--;
      if (run.waits === 0) this.#free += run.cpu;
    }
    run.state = "over";
    for (const ref of run.refs) ref.release();
    if (!run.isOrphan) this.#runs.get(run.owner)?.delete(run.id);
    if (this.#running === 0) this.#whenIdle?.();
    if (this.#queue.first && !this.#isBusy) setImmediate(this.#work);
  }

  /** A run waits for an object, or does so no more. */
  #waits(begins: boolean): void {
    const run = shared.running.getStore();
    if (run?.state === "running") this.#lend(run, begins);
  }

  /** While it waits others have its cores. */
  #lend(run: Run, begins: boolean): void {
    run.waits += begins ? 1 : -1;
    if (run.state !== "running" || run.waits !== (begins ? 1 : 0)) return;
    this.#free += begins ? run.cpu : -run.cpu;
    this.#outbox.add(run, [begins ? "waits" : "goes-on", run.id]);
    if (begins) setImmediate(this.#work);
  }

  /** Whoever sent them is gone. */
  #abandon(owner: string): void {
    const runs = this.#runs.get(owner);
    this.#runs.delete(owner);
    for (const run of runs?.values() ?? []) {
      run.isOrphan = true;
      if (run.state === "running") this.#abort(run, `The process ${owner}, which submitted the task, ended.`);
    }
    for (const run of this.#queue.take(({ isOrphan }) => isOrphan)) this.#end(run);
  }

  #kind(module: string, name: string): Kind {
    const address = addressOf(module, name);
    let kind = this.#kinds.get(address);
    if (!kind) {
      if (this.#kinds.size >= maxKinds) this.#kinds.clear();
      this.#kinds.set(address, (kind = new Kind(module, name)));
    }
    return kind;
  }
}
