import type { ActorRecord } from "@troupe/cluster";
import { encode, uniqueId } from "@troupe/core";
import type { Storage } from "@troupe/storage";

import type { ActorRuntime } from "../runtime/runtime.js";
import { shared } from "../shared.js";
import type { Remote } from "../types.js";

const termsOp = "storage";

/** What the keys in the store are made of. */
interface StorageTerms {
  /** Tells this run of the cluster from all others that use the same store. */
  readonly run: string;
  /** Of names for which no other is said. */
  readonly namespace: string;
}

/** The actor that holds the cluster's store: the first of all, and known to all. It is made when it is needed. */
const record: ActorRecord = {
  id: 0,
  path: "storage-0",
  name: "storage-0",
  class: "Storage",
  pool: "",
  host: "",
  pid: undefined,
  incarnation: 0,
  revives: true,
};

/** The cluster's key-value store, from any of its processes: an actor in the head. */
export class ClusterStorage {
  #terms: Promise<StorageTerms> | undefined;

  constructor(private readonly runtime: ActorRuntime) {}

  get ref(): Remote<Storage> {
    return this.runtime.references.to(record) as Remote<Storage>;
  }

  get terms(): Promise<StorageTerms> {
    const { node } = this.runtime;
    return (this.#terms ??= node.request(node.head, termsOp, undefined) as Promise<StorageTerms>);
  }

  /** Asks the store for something that is no part of the call that runs. */
  use<T>(work: (storage: Remote<Storage>) => Promise<T>): Promise<T> {
    return shared.running.exit(() => work(this.ref));
  }
}

/**
 * Has this process hold the cluster's store.
 *
 * @param url As `openStorage` takes it.
 */
export async function holdStorage({ node }: ActorRuntime, url: string, namespace: string): Promise<void> {
  const terms: StorageTerms = { run: uniqueId(), namespace };
  node.serve(termsOp, () => terms);
  const options = { concurrency: "unbounded", isolate: true };
  const recipe = encode({ module: "@troupe/storage", class: record.class, args: [url], options });
  const { id, class: className } = record;
  const revival = { recipe, onDemand: true };
  await node.brain.place({ id, class: className, creator: node.name, pool: node.name, lazy: true, revival });
}
