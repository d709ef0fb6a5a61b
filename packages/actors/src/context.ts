import type { ActorRecord } from "@troupe/cluster";
import { type Logger, TroupeError } from "@troupe/core";

import type { Call } from "./cell/call.js";
import { definitionOf } from "./definition/definition.js";
import type { ActorOptions } from "./definition/options.js";
import type { ActorRuntime } from "./runtime/runtime.js";
import { shared } from "./shared.js";
import type { AnyRemote, Remote } from "./types.js";

/** What an actor can do with the cluster that it lives in. */
export interface ClusterView {
  /** Makes an actor, as a child of this one. @throws as {@link ActorContext.create} */
  create<A extends unknown[], T extends object>(
    Class: new (...args: A) => T,
    args?: A,
    options?: ActorOptions,
  ): Promise<Remote<T>>;
  find<T = object>(pathOrName: string): Promise<Remote<T> | undefined>;
  /** Living actors, oldest first. */
  actors(): Promise<readonly ActorRecord[]>;
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
  /** Aborts when the caller gives up, or the actor is killed. */
  readonly signal: AbortSignal;
  readonly cluster: ClusterView;
  /** Adds the actor's path to each line. */
  readonly log: Logger;
  /**
   * Makes a child.
   *
   * @throws ERR_ACTOR_START, ERR_NAME_TAKEN, ERR_NO_RESOURCES, ERR_MODULE, ERR_CONFIG, ERR_NOT_SERIALIZABLE
   */
  create<A extends unknown[], T extends object>(
    Child: new (...args: A) => T,
    args?: A,
    options?: ActorOptions,
  ): Promise<Remote<T>>;
  /** The living actor of that path, or of that name; `undefined` when there is none. */
  find<T = object>(pathOrName: string): Promise<Remote<T> | undefined>;
}

/**
 * The actor that runs now, also after an `await`, and in what it started: timers, callbacks.
 *
 * @throws ERR_CONFIG outside of an actor.
 */
export function context(): ActorContext {
  const call = shared.running.getStore();
  if (call) return new RunningContext(call);
  throw new TroupeError("ERR_CONFIG", "context() has a meaning within the methods of an actor only.");
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

  async create<A extends unknown[], T extends object>(
    Child: new (...args: A) => T,
    args: readonly unknown[] = [],
    options?: ActorOptions,
  ): Promise<Remote<T>> {
    return (await this.#runtime.creator.create(definitionOf(Child), args, options)) as Remote<T>;
  }

  async find<T = object>(pathOrName: string): Promise<Remote<T> | undefined> {
    const record = await this.#runtime.node.brain.find(pathOrName);
    return record && (this.#to(record) as Remote<T>);
  }

  async actors(): Promise<readonly ActorRecord[]> {
    return this.#runtime.node.brain.actors();
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
