import type { Death, Node } from "@troupe/cluster";
import { timeoutError, TroupeError } from "@troupe/core";
import { isObjectRef, objects, type StoredValue } from "@troupe/objects";

import type { Leased, LeaseHolder, Leases } from "../driver/leases.js";
import { noRefs } from "../values/form.js";
import { isGone, post } from "../post.js";
import { discard } from "../values/settle.js";
import { cancelOp, endOp, type FromWorker, runOp, type ToWorker } from "../wire.js";
import { ByResult } from "./by-result.js";
import { asError, cancelledError, closedError, runDied, thrownThere } from "./errors.js";
import { argumentsOf } from "./locality.js";
import { Pending } from "./pending.js";
import { isWorthAnother } from "./retry-rule.js";
import { RunLimits } from "./run-limits.js";
import { runMessages } from "./run-messages.js";
import type { MissingArgument, Submission } from "./submission.js";
import { type SentRun, WorkerLink } from "./worker-link.js";

/** Tasks of one process that are not over, at most. */
const maxPending = 5_000_000;
/**
 * The tasks that this process has submitted: sees each through, from its arguments over a place in some pool to its
 * results, again where a run was lost and another is allowed.
 */
export class Submitter implements LeaseHolder {
  readonly #leases: Leases;
  readonly #links = new Map<string, WorkerLink>();
  /** Those that are not over. */
  readonly #pending = new Pending<Submission>();
  readonly #byResult = new ByResult(this.#pending);
  readonly #limits = new RunLimits((run, link) => this.#timedOut(run, link));
  /** Links that have something to send. */
  readonly #busy = new Set<WorkerLink>();
  #isScheduled = false;
  #isClosed = false;

  /** @param leases Where places are asked for. */
  constructor(
    private readonly node: Node,
    leases: (holder: LeaseHolder) => Leases,
  ) {
    this.#leases = leases(this);
    node.serve(endOp, (messages, from) => this.#receive(messages as readonly FromWorker[], from));
    node.serve(cancelOp, (id) => void this.cancel(String(id)));
    node.onGone((name, death) => this.#gone(name, death));
  }

  /** Tasks that are not over. */
  get size(): number {
    return this.#pending.size;
  }

  /** Sees to a task. Its failure is its results' to tell. */
  submit(submission: Submission): void {
    if (this.#isClosed) return submission.fail(closedError());
    if (this.#pending.size >= maxPending) {
      return submission.fail(
        new TroupeError(
          "ERR_MAILBOX_FULL",
          `There are ${maxPending} tasks of this process that are not over; wait for some before more are submitted.`,
          { details: { task: submission.name, limit: maxPending } },
        ),
      );
    }
    submission.holder = this;
    submission.submitter = this.node.name;
    this.#pending.add(submission);
    this.#byResult.forget();
    if (submission.plan.retries > 0 && !submission.stream)
      submission.rebuildBy(() => this.#rebuild(submission));
    this.#ready(submission);
  }

  /** Gives up the task of a result, or the call of an actor, by its name. @returns Whether there was one that was not over. */
  cancel(id: string): boolean {
    const submission = this.#byResult.get(id);
    if (!submission) return objects.cancel(id);
    this.giveUp(submission, cancelledError(submission.name));
    return true;
  }

  /** Ends a task before its time. */
  giveUp(submission: Submission, error: Error): void {
    const { state, link, run } = submission;
    if (state === "over") return;
    const sent = link?.runs.get(run);
    if (state === "queued") this.#leases.cancel(submission.id);
    if (link && sent) this.#abandon(link, sent);
    this.#fail(submission, error);
  }

  /** There is room for so many more items of its stream. */
  credit({ link, run, state }: Submission, items: number): void {
    if (state === "sent") this.#tell(link!, ["credit", run, items]);
  }

  granted(task: Leased, worker: string, devices?: readonly string[]): void {
    const submission = task as Submission;
    if (submission.link) submission.link.runs.take(submission.run);
    submission.link = undefined;
    if (submission.state === "over") return this.#leases.finished(task.id, NaN);
    let link = this.#links.get(worker);
    if (!link) this.#links.set(worker, (link = new WorkerLink(worker)));
    submission.state = "sent";
    submission.devices = devices;
    submission.link = link;
    submission.run = link.add(submission);
    this.#busy.add(link);
  }

  refused(task: Leased, error: Error): void {
    const submission = task as Submission;
    if (submission.state === "queued") this.#fail(submission, error);
  }

  recall(task: Leased): void {
    const { link, run } = task as Submission;
    if (link) this.#tell(link, ["recall", run]);
  }

  /** Sends what is to be sent. */
  readonly flush = (): void => {
    this.#isScheduled = false;
    for (const link of this.#busy) this.#send(link);
    this.#busy.clear();
  };

  /** All that is not over fails. */
  close(): void {
    this.#isClosed = true;
    this.#limits.close();
    for (const link of this.#links.values()) {
      for (const { id } of link.runs.values()) this.#tell(link, ["abort", id]);
      link.starting = [];
    }
    this.flush();
    for (const submission of [...this.#pending]) this.#fail(submission, closedError());
    this.#links.clear();
  }

  /** Goes on with a task whose arguments may be known. */
  #ready(submission: Submission): void {
    const { missing } = submission;
    if (missing) return void this.#await(submission, missing);
    this.#queue(submission);
  }

  async #await(submission: Submission, missing: readonly MissingArgument[]): Promise<void> {
    try {
      // One after the other: each is asked for once, and whoever comes last was waited for as long anyway.
      for (const [index, from] of missing) {
        if (isObjectRef(from)) {
          const stored = objects.stored(from);
          submission.forms[index] = stored instanceof Promise ? await stored : stored;
        } else submission.take(index, await from);
      }
      submission.missing = missing.filter(([, from]) => isObjectRef(from));
    } catch (error) {
      return this.#fail(submission, asError(error));
    }
    if (submission.state === "new") this.#queue(submission);
  }

  #queue(submission: Submission): void {
    submission.state = "queued";
    if (submission.scheduling === "locality") submission.args = argumentsOf(submission);
    this.#leases.request(submission);
  }

  #queueAgain(submission: Submission): void {
    this.#pending.add(submission);
    submission.isAgain = true;
    this.#queue(submission);
  }

  #rebuild(submission: Submission): void {
    // Another of its results was lost as well, and is had by the same run.
    if (submission.isPending) return;
    if (this.#isClosed) return submission.fail(closedError());
    if (submission.retriesLeft === 0) {
      return submission.fail(
        new TroupeError(
          "ERR_OBJECT_LOST",
          `The result of the task ${submission.name} was lost, and it has run as often as its retries allow.`,
          { details: { task: submission.name, retries: submission.plan.retries } },
        ),
      );
    }
    submission.retriesLeft--;
    submission.state = "new";
    this.#pending.add(submission);
    // What its arguments are may have changed: they may have been lost as well.
    this.#ready(submission);
  }

  #send(link: WorkerLink): void {
    const { starting, outgoing } = link;
    link.starting = [];
    link.outgoing = [];
    for (const run of starting) run.isSent = true;
    this.#post(link, starting, outgoing);
  }

  #post(link: WorkerLink, starting: readonly SentRun[], others: readonly ToWorker[]): void {
    const messages = [...runMessages(starting), ...others];
    if (messages.length === 0) return;
    post(this.node, link.worker, runOp, messages).catch((error: unknown) =>
      this.#notSent(link, starting, others, error),
    );
  }

  #notSent(
    link: WorkerLink,
    starting: readonly SentRun[],
    others: readonly ToWorker[],
    error: unknown,
  ): void {
    // There was news that the worker is gone, and all that was there is seen to.
    if (this.#isClosed || this.#links.get(link.worker) !== link) return;
    const runs = starting.filter((run) => link.runs.get(run.id) === run);
    if (isGone(error)) {
      const submissions = runs.map((run) => this.#ended(link, run, NaN));
      for (const submission of submissions) if (submission) this.#queueAgain(submission);
    } else if (runs.length + others.length > 1) {
      // One may be too large, or all of them together.
      for (const run of runs) this.#post(link, [run], []);
      for (const message of others) this.#post(link, [], [message]);
    } else for (const run of runs) this.#ended(link, run, NaN)?.fail(asError(error));
  }

  #receive(messages: readonly FromWorker[], from: string): void {
    const link = this.#links.get(from);
    if (!link) return;
    for (const message of messages) this.#hear(link, message);
  }

  #hear(link: WorkerLink, message: FromWorker): void {
    const [what, id] = message;
    const run = link.runs.get(id);
    if (!run) return;
    const { submission } = run;
    switch (what) {
      case "done": {
        const [, , ms, form, refs] = message;
        const ended = this.#ended(link, run, ms);
        return ended ? ended.succeed(form, refs ?? noRefs) : discard(form, submission.plan.returns, refs);
      }
      case "failed":
        return this.#threw(link, run, message[2], message[3]);
      case "lost":
        return this.#lost(link, run, message[2], message[3]);
      case "began":
        return this.#began(link, run);
      case "returned": {
        const returned = this.#ended(link, run, NaN);
        if (!returned) return;
        return this.#queueAgain(returned);
      }
      case "waits":
        return this.#leases.blocked(run.lease);
      case "goes-on":
        return this.#leases.unblocked(run.lease);
      case "items":
        if (run.isAbandoned) discard(message[2], message[2].length, message[3]);
        else submission.stream?.add(message[2], message[3] ?? noRefs);
    }
  }

  /** Its place is free. @returns Whose results it is about, if anybody wants them. */
  #ended(link: WorkerLink, run: SentRun, ms: number): Submission | undefined {
    link.runs.take(run.id);
    this.#limits.end(run);
    const { submission } = run;
    this.#leases.finished(run.lease, ms);
    if (run.isAbandoned) return undefined;
    submission.link = undefined;
    this.#pending.delete(submission);
    return submission;
  }

  #threw(link: WorkerLink, run: SentRun, ms: number, error: Error): void {
    const submission = this.#ended(link, run, ms);
    if (!submission) return;
    const failure = thrownThere(error, submission, link.worker);
    if (isWorthAnother(failure, submission.plan.retryOn) && this.#retry(submission)) return;
    submission.fail(failure);
  }

  /** An argument is to be had anew, if that is possible. */
  #lost(link: WorkerLink, run: SentRun, index: number, error: Error): void {
    const submission = this.#ended(link, run, NaN);
    if (!submission) return;
    const ref = submission.refAt(index);
    if (!ref) return submission.fail(error);
    this.#pending.add(submission);
    submission.state = "new";
    submission.isAgain = true;
    objects.storedAgain(ref, submission.forms[index] as StoredValue, error).then(
      (stored) => {
        // Unless it was given up meanwhile.
        if (submission.state !== "new") return;
        submission.forms[index] = stored;
        this.#ready(submission);
      },
      (failure: unknown) => this.#fail(submission, asError(failure)),
    );
  }

  #began(link: WorkerLink, run: SentRun): void {
    link.begun = Math.max(link.begun, run.id);
    const { timeout } = run.submission.plan;
    if (timeout !== undefined && !run.isAbandoned) this.#limits.begin(run, link, timeout);
  }

  #timedOut(run: SentRun, link: WorkerLink): void {
    const { submission } = run;
    const error = timeoutError(`The task ${submission.name}`, submission.plan.timeout!, {
      task: submission.name,
    });
    this.#abandon(link, run);
    submission.link = undefined;
    if (isWorthAnother(error, submission.plan.retryOn) && this.#retry(submission)) return;
    this.#fail(submission, error);
  }

  /** Nobody waits for the run any more; it is asked to end, and made to if it keeps its process from answering. */
  #abandon(link: WorkerLink, run: SentRun): void {
    run.isAbandoned = true;
    if (!run.isSent) return void this.#ended(link, run, NaN);
    this.#tell(link, ["abort", run.id]);
    // One that has not begun is dropped; one that others began after has let them.
    if (run.id >= link.begun && link.hasBegun(run)) this.#leases.stuck(link.worker);
  }

  /** @returns Whether it runs again. */
  #retry(submission: Submission): boolean {
    if (submission.retriesLeft === 0 || this.#isClosed) return false;
    submission.retriesLeft--;
    this.#queueAgain(submission);
    return true;
  }

  #gone(name: string, death: Death): void {
    const link = this.#links.get(name);
    if (!link) return;
    this.#links.delete(name);
    this.#busy.delete(link);
    for (const [run, hasBegun] of link.inOrder()) {
      const submission = this.#ended(link, run, NaN);
      if (!submission) continue;
      if (!hasBegun) this.#queueAgain(submission);
      else if (!this.#retry(submission)) this.#fail(submission, runDied(submission, death));
    }
  }

  #fail(submission: Submission, error: Error): void {
    this.#pending.delete(submission);
    if (submission.state !== "over") submission.fail(error);
  }

  #tell(link: WorkerLink, message: ToWorker): void {
    link.outgoing.push(message);
    this.#busy.add(link);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.flush);
  }
}
