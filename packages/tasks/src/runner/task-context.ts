import {
  type ActorContext,
  type ActorOptions,
  type ActorRuntime,
  type AnyRemote,
  type ClusterView,
  definitionOf,
  type Remote,
} from "@troupe/actors";
import { type Logger, TroupeError } from "@troupe/core";

import type { Run } from "./run.js";

/** What a task knows of itself, as `context()` gives it: an actor's context, without what only actors have. */
export class TaskContext implements ActorContext {
  readonly #run: Run;
  readonly #actors: ActorRuntime;

  /** @param actors Those of this process: what a task makes has no parent. */
  constructor(run: Run, actors: ActorRuntime) {
    this.#run = run;
    this.#actors = actors;
  }

  get self(): AnyRemote {
    throw this.#absent("self");
  }

  readonly parent = undefined;

  get children(): Promise<readonly AnyRemote[]> {
    return Promise.resolve([]);
  }

  get path(): string {
    return `task ${this.name}`;
  }

  get name(): string {
    return this.#run.kind.name;
  }

  get host(): string {
    return this.#actors.node.host;
  }

  get pid(): number {
    return process.pid;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  get cluster(): ClusterView {
    const { insight } = this.#actors;
    return {
      create: (Class, args, options) => this.create(Class, args, options),
      find: (path) => this.find(path),
      actors: () => insight.actors(),
      methods: (options) => insight.methods(options),
    };
  }

  get log(): Logger {
    const { log } = this.#actors.node;
    const { name: task } = this;
    const line = (level: keyof Logger) => (fields: object, message: string) =>
      log[level]({ task, ...fields }, message);
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  get storage(): ActorContext["storage"] {
    return this.#actors.storage.ref;
  }

  every(): never {
    throw this.#absent("every()");
  }

  after(): never {
    throw this.#absent("after()");
  }

  remind(): Promise<void> {
    return Promise.reject(this.#absent("remind()"));
  }

  forget(): Promise<boolean> {
    return Promise.reject(this.#absent("forget()"));
  }

  async create<A extends unknown[], T extends object>(
    Child: new (...args: A) => T,
    args?: readonly unknown[],
    options?: ActorOptions,
  ): Promise<Remote<T>> {
    const definition = definitionOf(Child);
    return (await this.#actors.creator.create(definition, args ?? [], options)) as Remote<T>;
  }

  async find<T = object>(pathOrName: string): Promise<Remote<T> | undefined> {
    const { node, references } = this.#actors;
    const record = await node.brain.find(pathOrName);
    return record && (references.to(record) as Remote<T>);
  }

  #absent(what: string): TroupeError {
    return new TroupeError(
      "ERR_CONFIG",
      `A task is no actor: within ${this.name}, context() has no ${what}.`,
    );
  }
}
