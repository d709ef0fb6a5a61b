import { TroupeError } from "@troupe/core";
import type { ObjectRef } from "@troupe/objects";

import { type Form, noRefs } from "../values/form.js";
import type { RunForm, RunOptions } from "../wire.js";
import type { Kind } from "./kind.js";

/** Where a run stands: not begun; begun; over. */
type State = "queued" | "running" | "over";

/** One run of a task, in the pool where it is. */
export class Run {
  readonly id: number;
  readonly forms: readonly Form[];
  /** References within its arguments: held while it runs. */
  readonly refs: readonly ObjectRef[];
  /** Items of its stream that are not to be given again; absent for one that gives no stream. */
  readonly skip: number | undefined;
  /** GPUs that it has. */
  readonly devices: readonly string[] | undefined;
  state: State = "queued";
  /** Whether its owner was told that it may have begun. */
  isAnnounced = false;
  began = 0;
  /** Items for which there is room at its owner. */
  credit = 0;
  /** Told when there is more. */
  onCredit: (() => void) | undefined;
  /** Whether whoever submitted it is gone. */
  isOrphan = false;
  /** How many of its `get` and `wait` are under way. */
  waits = 0;
  #abort: AbortController | undefined;
  #aborted: Error | undefined;

  constructor(
    readonly kind: Kind,
    /** The process that submitted it. */
    readonly owner: string,
    readonly options: RunOptions,
    [id, forms, refs, skip, devices]: RunForm,
  ) {
    this.id = id;
    this.forms = forms;
    this.refs = refs ?? noRefs;
    this.skip = skip ?? undefined;
    this.devices = devices;
  }

  get cpu(): number {
    return this.options.cpu ?? 1;
  }

  /** Aborts when nobody wants the run any more. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#aborted) this.#abort.abort(this.#aborted);
    }
    return this.#abort.signal;
  }

  get isAborted(): boolean {
    return this.#aborted !== undefined;
  }

  abort(reason = `The run of the task ${this.kind.name} was given up.`): void {
    if (this.#aborted) return;
    this.#aborted = new TroupeError("ERR_CANCELLED", reason, { details: { task: this.kind.name } });
    this.#abort?.abort(this.#aborted);
    this.onCredit?.();
  }
}
