import type { ActorRecord } from "@troupe/cluster";
import { type Logger, TroupeError } from "@troupe/core";
import type { Storage } from "@troupe/storage";

import type { Call } from "./cell/call.js";
import { definitionOf } from "./definition/definition.js";
import type { CreateOptions } from "./definition/options.js";
import type { ActorInfo } from "./insight/actor-info.js";
import type { MethodInfo, MethodsOptions } from "./insight/method-info.js";
import type { ActorRuntime } from "./runtime/runtime.js";
import { shared } from "./shared.js";
import type { ReminderTime } from "./timers/reminders.js";
import type { ActorTimer } from "./timers/timers.js";
import type { AnyRemote, Remote } from "./types.js";

/** What an actor can do with the cluster that it lives in. */
export interface ClusterView {
  /** Makes an actor, as a child of this one. @throws as {@link ActorContext.create} */
  create<A extends unknown[], T extends object>(
    Class: new (...args: A) => T,
    args?: A,
    options?: CreateOptions,
  ): Promise<Remote<T>>;
  find<T = object>(pathOrName: string): Promise<Remote<T> | undefined>;
  /** Living actors, oldest first, and what each does. Those of a process that does not answer within a second say so. */
  actors(): Promise<ActorInfo[]>;
  /** The methods that were called most, or took longest, in all processes of the cluster. @throws ERR_CONFIG */
  methods(options?: MethodsOptions): Promise<MethodInfo[]>;
}

/** What an actor knows of itself, and of the call that runs. */
export interface ActorContext {
  readonly self: AnyRemote;
  /** The actor whose child it is. */
  readonly parent: AnyRemote | undefined;
  /** Its living children, oldest first. */
  readonly children: Promise<readonly AnyRemote[]>;
  readonly path: string;
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /**
   * Aborts when the caller gives up or its process ends, or the actor is killed. That of `onStart`, and of what it left
   * behind, aborts when the actor is to stop: what waits there for others can end then.
   */
  readonly signal: AbortSignal;
  readonly cluster: ClusterView;
  /** Adds the actor's path to each line. */
  readonly log: Logger;
  /** The cluster's key-value store. */
  readonly storage: Remote<Storage>;
  /**
   * Does `work` again and again, in the mailbox, until it is cancelled or the actor ends. A time that comes while the
   * last work waits or runs is left out.
   *
   * @param period Milliseconds.
   * @throws ERR_CONFIG for a period that is none.
   */
  every(period: number, work: () => unknown): ActorTimer;
  /** Does `work` once, in the mailbox. @param delay Milliseconds. @throws ERR_CONFIG for a delay that is none. */
  after(delay: number, work: () => unknown): ActorTimer;
  /**
   * Has one of the actor's methods called later, once or again and again, by whichever incarnation of the actor lives
   * then: for actors that are made again or whose state is kept. Resolves when that is kept in the cluster's storage.
   *
   * @param name Replaces the reminder of that name.
   * @throws ERR_CONFIG for a time that is none, a method that is not there, or an actor that is not made again.
   */
  remind(name: string, time: ReminderTime, method: string, ...args: readonly unknown[]): Promise<void>;
  /** Takes a reminder back. @returns Whether there was one. */
  forget(name: string): Promise<boolean>;
  /**
   * Makes a child.
   *
   * @throws ERR_ACTOR_START, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_DEADLOCK, ERR_MODULE, ERR_CONFIG,
   *   ERR_NOT_SERIALIZABLE
   */
  create<A extends unknown[], T extends object>(
    Child: new (...args: A) => T,
    args?: A,
    options?: CreateOptions,
  ): Promise<Remote<T>>;
  /** The living actor of that path, or of that name; `undefined` when there is none. */
  find<T = object>(pathOrName: string): Promise<Remote<T> | undefined>;
}

/**
 * The actor that runs now, also after an `await`, and in what it started: timers, callbacks. Within a task: what of
 * that a task has.
 *
 * @throws ERR_CONFIG outside of actors and tasks.
 */
export function context(): ActorContext {
  const call = shared.running.getStore();
  if (call) return new RunningContext(call);
  const other = shared.otherContext?.();
  if (other) return other;
  throw new TroupeError(
    "ERR_CONFIG",
    "context() has a meaning within the methods of an actor, and in tasks, only.",
  );
}

/** Has `context()` ask for what runs where no actor does: the same object for the same, which so has its own order of messages. */
export function provideContext(other: () => ActorContext | undefined): void {
  shared.otherContext = other;
}

class RunningContext implements ActorContext, ClusterView {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get self(): AnyRemote {
    return this.#to(this.#record, this.#call.cell.definition.isCallable);
  }

  get parent(): AnyRemote | undefined {
    const { parent } = this.#call.cell;
    return parent && this.#to(parent);
  }

  get children(): Promise<readonly AnyRemote[]> {
    return this.#children();
  }

  get path(): string {
    return this.#record.path;
  }

  get name(): string {
    return this.#record.name;
  }

  get host(): string {
    return this.#record.host;
  }

  get pid(): number {
    return process.pid;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get cluster(): ClusterView {
    return this;
  }

  get log(): Logger {
    const { log } = this.#runtime.node;
    const { path: actor } = this.#record;
    const line = (level: keyof Logger) => (fields: object, message: string) =>
      log[level]({ actor, ...fields }, message);
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  get storage(): Remote<Storage> {
    return this.#runtime.storage.ref;
  }

  every(period: number, work: () => unknown): ActorTimer {
    return this.#call.cell.timers.every(period, work);
  }

  after(delay: number, work: () => unknown): ActorTimer {
    return this.#call.cell.timers.after(delay, work);
  }

  async remind(name: string, time: ReminderTime, method: string, ...args: readonly unknown[]): Promise<void> {
    const { cell } = this.#call;
    if (!cell.plan.persist && !cell.record.revives) {
      throw new TroupeError(
        "ERR_CONFIG",
        `${this.path} is not made again, and would not be reminded of "${name}"; give it restarts or persist, or use after().`,
      );
    }
    await cell.reminders.set(name, time, method, args);
  }

  forget(name: string): Promise<boolean> {
    return this.#call.cell.reminders.forget(name);
  }

  async create<A extends unknown[], T extends object>(
    Child: new (...args: A) => T,
    args: readonly unknown[] = [],
    options?: CreateOptions,
  ): Promise<Remote<T>> {
    return (await this.#runtime.creator.create(definitionOf(Child), args, options)) as Remote<T>;
  }

  async find<T = object>(pathOrName: string): Promise<Remote<T> | undefined> {
    const record = await this.#runtime.node.brain.find(pathOrName);
    return record && (this.#to(record) as Remote<T>);
  }

  actors(): Promise<ActorInfo[]> {
    return this.#runtime.insight.actors();
  }

  methods(options?: MethodsOptions): Promise<MethodInfo[]> {
    return this.#runtime.insight.methods(options);
  }

  async #children(): Promise<readonly AnyRemote[]> {
    const records = await this.#runtime.node.brain.children(this.#record.id);
    return records.map((record) => this.#to(record));
  }

  #to(record: ActorRecord, isCallable?: boolean): AnyRemote {
    return this.#runtime.references.to(record, isCallable) as AnyRemote;
  }

  get #record(): ActorRecord {
    return this.#call.cell.record;
  }

  get #runtime(): ActorRuntime {
    return this.#call.cell.runtime;
  }
}
