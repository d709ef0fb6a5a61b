import type { ActorRecord } from "@troupe/cluster";

import type { Cell } from "../cell/cell.js";
import type { MethodOptions } from "../definition/options.js";
import type { ActorRuntime } from "../runtime/runtime.js";
import type { TunnelAddress } from "../tunnel/tunnel-name.js";
import { Pursuit } from "./pursuit.js";

/** On each reference: its {@link Handle}. In the registry of symbols, for other copies of this package. */
export const handleOf = Symbol.for("troupe.handle");

/** An actor's id; with the name of a tunnel, that tunnel of it. */
export type Address = number | TunnelAddress;

/** What a reference knows of its actor. */
export class Handle {
  /** The actor itself, where that is in this process. */
  cell: Cell | undefined;
  /** How messages name it. */
  readonly address: Address;
  /** Follows an actor that is made again elsewhere. */
  readonly pursuit: Pursuit | undefined;
  /** Methods whose messages need not wait with the others that this process has for the actor's; of a tunnel all. */
  readonly urgent: Pick<ReadonlySet<string>, "has"> | undefined;

  /** @param runtime Absent for a reference that was read where no cluster is. */
  constructor(
    readonly runtime: ActorRuntime | undefined,
    public record: ActorRecord,
    readonly isCallable: boolean,
    /** What its class says of calls of its methods, where the class is known. */
    readonly methods: Readonly<Record<string, MethodOptions>> | undefined,
    /** The name of its tunnel; absent for a reference to the actor's own mailbox. */
    readonly tunnel?: string,
  ) {
    this.cell = runtime?.cell(record.id);
    this.address = tunnel === undefined ? record.id : [record.id, tunnel];
    this.urgent = tunnel === undefined ? urgentOf(methods ?? {}) : all;
    if (runtime && record.revives) this.pursuit = new Pursuit(runtime, this);
  }

  /** The actor lives here now. What is known of a later time is not replaced by what is older. */
  relocate(record: ActorRecord): void {
    if (record.incarnation < this.record.incarnation) return;
    this.record = record;
    this.cell = this.runtime?.cell(record.id);
  }
}

const all: Pick<ReadonlySet<string>, "has"> = { has: () => true };

function urgentOf(methods: Readonly<Record<string, MethodOptions>>): ReadonlySet<string> | undefined {
  const urgent = Object.keys(methods).filter((name) => methods[name]!.system);
  return urgent.length > 0 ? new Set(urgent) : undefined;
}
