import type { MaybePromise } from "@troupe/cluster";
import { type Expected, isObjectRef, isPlace, type ObjectRef, objects, type Place } from "@troupe/objects";

import type { SharedNeeds, TaskPlan } from "../definition/plan.js";
import type { Leased, LeaseHolder, StoredArgument } from "../driver/leases.js";
import type { TaskNeeds } from "../schedule/amounts.js";
import type { Scheduling } from "../schedule/task.js";
import { type Form, type Formed, formOf, noRefs } from "../values/form.js";
import { discard, settle } from "../values/settle.js";
import { unsentOf } from "./errors.js";
import type { ItemStream } from "./item-stream.js";
import type { Linked } from "./pending.js";
import type { WorkerLink } from "./worker-link.js";

/**
 * Where a submission stands: its arguments are not there yet; it waits for a place; it was sent to a pool; its results
 * are known, or nobody wants them.
 */
type State = "new" | "queued" | "sent" | "over";

/** The place of an argument, and where it comes from. */
export type MissingArgument = readonly [index: number, from: ObjectRef | Promise<Formed>];

/** One submission of a task, in the process that made it, which owns its results. */
export class Submission implements Leased, Linked<Submission> {
  /** Of its present lease. */
  id = 0;
  submitter = "";
  args: readonly StoredArgument[] | undefined;
  state: State = "new";
  isAgain = false;
  isPending = false;
  before: Submission | undefined;
  after: Submission | undefined;
  /** Where it is, and as which run. */
  link: WorkerLink | undefined;
  run = 0;
  /** GPUs that it has there. */
  devices: readonly string[] | undefined;
  retriesLeft: number;
  /** What each argument is, once it is known. */
  readonly forms: Form[];
  /** Arguments that are to be looked up before it is sent. */
  missing: readonly MissingArgument[] | undefined;
  /** References within arguments, which travel beside them. */
  inner: readonly ObjectRef[] = noRefs;
  /** References that it holds: those within arguments, those that are arguments, and those to arguments in the store. */
  #held: ObjectRef[] | undefined;
  /** Of arguments that were given as values and are large enough for the store, by their index. */
  #stored: Map<number, ObjectRef> | undefined;
  readonly #results: readonly Expected[];
  /** Of its results, those that somebody refers to. Counted only if they can be computed again. */
  #wanted = 0;

  /**
   * Takes the arguments down as they are now.
   *
   * @throws ERR_NOT_SERIALIZABLE, ERR_STORE_FULL; ERR_OBJECT_LOST for a ref that was released
   */
  constructor(
    readonly plan: TaskPlan,
    given: readonly unknown[],
    readonly stream?: ItemStream,
  ) {
    this.retriesLeft = plan.retries;
    const forms = (this.forms = new Array<Form>(given.length));
    let missing: MissingArgument[] | undefined;
    for (let index = 0; index < given.length; index++) {
      const arg = given[index];
      if (isObjectRef(arg)) {
        const ref = objects.retain(arg);
        (this.#held ??= []).push(ref);
        (missing ??= []).push([index, ref]);
        continue;
      }
      const formed = this.#formOf(arg, index);
      if (formed instanceof Promise) (missing ??= []).push([index, formed]);
      else if (formed.refs === noRefs && !isPlace(formed.form)) forms[index] = formed.form;
      else this.take(index, formed);
    }
    this.missing = missing;
    this.#results = stream ? none : expectedOf(plan.returns ?? 1);
  }

  /** The refs of its results, once: for whoever submitted it, who alone holds them then. */
  handOver(): ObjectRef[] {
    return this.#results.map((result) => result.handOver());
  }

  /** What the refs of its results are called. */
  get resultIds(): readonly string[] {
    return this.#results.map(({ id }) => id);
  }

  /** Whether anybody would miss its results. */
  get isAwaited(): boolean {
    return this.stream ? this.stream.isAwaited : this.#results.some(({ isAwaited }) => isAwaited);
  }

  get name(): string {
    return this.plan.name;
  }

  get fn(): string {
    return this.plan.address;
  }

  get needs(): TaskNeeds {
    return this.plan.needs;
  }

  get scheduling(): Scheduling {
    return this.plan.scheduling;
  }

  get shared(): SharedNeeds | undefined {
    return this.plan.shared;
  }

  holder!: LeaseHolder;

  /** The object that an argument is, given as one or put into the store; `undefined` for one that travels as it is. */
  refAt(index: number): ObjectRef | undefined {
    const from = this.missing?.find(([at]) => at === index)?.[1];
    return isObjectRef(from) ? from : this.#stored?.get(index);
  }

  /** An argument is known. */
  take(index: number, { form, refs }: Formed): void {
    // It was given up before its argument was there.
    if (this.state === "over") return discard(form, undefined, refs);
    this.forms[index] = form;
    if (isPlace(form)) this.#own(index, form);
    if (refs.length === 0) return;
    this.inner = this.inner.length === 0 ? refs : [...this.inner, ...refs];
    (this.#held ??= []).push(...refs);
  }

  /** It is over, with these results. */
  succeed(form: Form | readonly Form[], refs?: readonly ObjectRef[]): void {
    this.#end();
    if (this.stream) return this.stream.end();
    if (this.plan.returns === undefined) return settle(this.#results[0]!, form as Form, refs);
    // Each of several holds them all: which are in which, only their reader could say.
    const last = this.#results.length - 1;
    for (const [index, result] of this.#results.entries()) {
      const own = index === last ? refs : refs?.map((ref) => objects.retain(ref));
      settle(result, (form as readonly Form[])[index], own);
    }
  }

  fail(error: Error): void {
    this.state = "over";
    this.#letGo();
    this.stream?.fail(error);
    for (const result of this.#results) result.fail(error);
  }

  /** Has lost results computed again by `rebuild`, for which its arguments are kept as long as anybody refers to one. */
  rebuildBy(rebuild: () => void): void {
    const forget = () => {
      if (--this.#wanted === 0 && this.state === "over") this.#letGo();
    };
    for (const result of this.#results) result.descendsFrom({ rebuild, forget });
    this.#wanted = this.#results.length;
  }

  #formOf(arg: unknown, index: number): MaybePromise<Formed> {
    const unsent = (error: unknown) => unsentOf(this.name, `arguments[${index}]`, error);
    try {
      const formed = formOf(arg, true);
      return formed instanceof Promise
        ? formed.catch((error: unknown) => Promise.reject(unsent(error)))
        : formed;
    } catch (error) {
      this.#letGo();
      throw unsent(error);
    }
  }

  /** An argument in the store is there for as long as this holds it. */
  #own(index: number, place: Place): void {
    const argument = objects.expect();
    argument.settle(place);
    const ref = argument.handOver();
    (this.#stored ??= new Map<number, ObjectRef>()).set(index, ref);
    (this.#held ??= []).push(ref);
  }

  /** It is over; its arguments are not needed any more, unless it may have to run again. */
  #end(): void {
    this.state = "over";
    if (this.#wanted === 0) this.#letGo();
  }

  #letGo(): void {
    for (const ref of this.#held ?? noRefs) ref.release();
    this.#held = this.#stored = undefined;
    this.inner = noRefs;
    this.missing = undefined;
    this.forms.length = 0;
  }
}

const none: readonly Expected[] = [];

function expectedOf(count: number): readonly Expected[] {
  if (count === 1) return [objects.expect()];
  return Array.from({ length: count }, () => objects.expect());
}
