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
  readonly #refs = new Map<number, WeakRef<object>>();
  readonly #collected = new FinalizationRegistry<number>((id) => {
    // Another may have taken its place meanwhile.
    if (this.#refs.get(id)?.deref() === undefined) this.#refs.delete(id);
  });

  constructor(private readonly runtime: ActorRuntime) {}

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
    const known = this.#refs.get(record.id)?.deref();
    if (known) {
      if (record.revives) handleFrom(known).relocate(record);
      return known;
    }
    const isFunction = isCallable ?? definition?.isCallable ?? false;
    const remote = makeRemote(new Handle(this.runtime, record, isFunction, definition?.methods));
    this.#refs.set(record.id, new WeakRef(remote));
    this.#collected.register(remote, record.id);
    return remote;
  }
}
