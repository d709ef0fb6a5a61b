import type { ActorRecord } from "@troupe/cluster";

import type { Cell } from "../cell/cell.js";
import type { MethodOptions } from "../definition/options.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import { Pursuit } from "./pursuit.js";

/** On each reference: its {@link Handle}. In the registry of symbols, for other copies of this package. */
export const handleOf = Symbol.for("troupe.handle");

/** What a reference knows of its actor. */
export class Handle {
  /** The actor itself, where that is in this process. */
  cell: Cell | undefined;
  /** Follows an actor that is made again elsewhere. */
  readonly pursuit: Pursuit | undefined;

  /** @param runtime Absent for a reference that was read where no cluster is. */
  constructor(
    readonly runtime: ActorRuntime | undefined,
    public record: ActorRecord,
    readonly isCallable: boolean,
    /** What its class says of calls of its methods, where the class is known. */
    readonly methods: Readonly<Record<string, MethodOptions>> | undefined,
  ) {
    this.cell = runtime?.cell(record.id);
    if (runtime && record.revives) this.pursuit = new Pursuit(runtime, this);
  }

  /** The actor lives here now. What is known of a later time is not replaced by what is older. */
  relocate(record: ActorRecord): void {
    if (record.incarnation < this.record.incarnation) return;
    this.record = record;
    this.cell = this.runtime?.cell(record.id);
  }
}
