import type { ActorRecord } from "@troupe/cluster";

import type { Cell } from "../cell/cell.js";
import type { MethodOptions } from "../definition/options.js";
import type { ActorRuntime } from "../runtime/runtime.js";

/** On each reference: its {@link Handle}. In the registry of symbols, for other copies of this package. */
export const handleOf = Symbol.for("troupe.handle");

/** What a reference knows of its actor. */
export class Handle {
  /** The actor itself, where that is in this process. */
  readonly cell: Cell | undefined;

  /** @param runtime Absent for a reference that was read where no cluster is. */
  constructor(
    readonly runtime: ActorRuntime | undefined,
    readonly record: ActorRecord,
    readonly isCallable: boolean,
    /** What its class says of calls of its methods, where the class is known. */
    readonly methods: Readonly<Record<string, MethodOptions>> | undefined,
  ) {
    this.cell = runtime?.cell(record.id);
  }
}
