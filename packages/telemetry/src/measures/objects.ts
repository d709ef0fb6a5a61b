import type { HostStoreStats } from "@troupe/dist";

import type { Measure, Sample, Seen } from "./measure.js";

/** What the object store of each machine holds. */
export const objectMeasures: readonly Measure[] = [
  of("objects", "gauge", "Objects in memory and on disk.", ({ objects }) => objects),
  of("memory_bytes", "gauge", "Shared memory that objects take.", ({ memory }) => memory),
  of("pinned_bytes", "gauge", "Of that, what cannot be moved to disk.", ({ pinned }) => pinned),
  of("reserved_bytes", "gauge", "Shared memory that is taken from the system.", ({ reserved }) => reserved),
  of("capacity_bytes", "gauge", "Shared memory that objects may take.", ({ capacity }) => capacity),
  of("spilled_bytes", "gauge", "Objects on disk.", ({ spilled }) => spilled),
  of("spills_total", "counter", "Times that an object was moved to disk.", ({ spills }) => spills),
  of("restores_total", "counter", "Times that one was read back.", ({ restores }) => restores),
];

function of(
  name: string,
  type: Measure["type"],
  help: string,
  valueOf: (store: HostStoreStats) => number,
): Measure {
  const read = ({ stores }: Seen) =>
    Array.from(stores, ([host, store]): Sample => [{ host }, valueOf(store)]);
  return { name: `troupe_object_store_${name}`, type, help, labels: ["host"], read };
}
