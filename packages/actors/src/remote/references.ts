import type { ActorRecord } from "@troupe/cluster";

import type { ActorDefinition } from "../definition/definition.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import { Handle } from "./handle.js";
import { handleFrom, makeRemote } from "./remote.js";

/**
 * The references of a process: one for each actor as long as anybody holds it, so that two of one actor are the same
 * object.
 */
export class References {
  /** By the actor's id; with the name of a tunnel behind it for a reference to that. */
  readonly #refs = new Map<number | string, WeakRef<object>>();
  readonly #collected = new FinalizationRegistry<number | string>((key) => {
    // Another may have taken its place meanwhile.
    if (this.#refs.get(key)?.deref() === undefined) this.#refs.delete(key);
  });

  constructor(private readonly runtime: ActorRuntime) {
    runtime.node.onGone((process) => this.#lose(process));
  }

  /** Actors that are made again will not be where they were. */
  #lose(process: string): void {
    for (const ref of this.#refs.values()) {
      const remote = ref.deref();
      const handle = remote && handleFrom(remote);
      if (handle?.record.pool === process) handle.pursuit?.lose();
    }
  }

  /** References that are held, or were until a moment ago. */
  get size(): number {
    return this.#refs.size;
  }

  /**
   * @param isCallable Whether the actor is a function. Default: what its definition says.
   * @param definition Of its class. Default: the one that is known by that name.
   */
  to(
    record: ActorRecord,
    isCallable?: boolean,
    definition: ActorDefinition | undefined = shared.definitions.named(record.class),
  ): object {
    const known = this.#known(record.id, record);
    if (known) return known;
    const isFunction = isCallable ?? definition?.isCallable ?? false;
    return this.#keep(record.id, new Handle(this.runtime, record, isFunction, definition?.methods));
  }

  /** The reference to an actor's tunnel. */
  toTunnel(
    record: ActorRecord,
    tunnel: string,
    isCallable: boolean,
    methods = shared.definitions.named(record.class)?.methods,
  ): object {
    const key = `${record.id}/${tunnel}`;
    const known = this.#known(key, record);
    return known ?? this.#keep(key, new Handle(this.runtime, record, isCallable, methods, tunnel));
  }

  #known(key: number | string, record: ActorRecord): object | undefined {
    const known = this.#refs.get(key)?.deref();
    if (known && record.revives) handleFrom(known).relocate(record);
    return known;
  }

  #keep(key: number | string, handle: Handle): object {
    const remote = makeRemote(handle);
    this.#refs.set(key, new WeakRef(remote));
    this.#collected.register(remote, key);
    return remote;
  }
}
