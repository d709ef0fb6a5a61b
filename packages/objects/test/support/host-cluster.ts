import { generateClusterKey } from "@troupe/core";
import { sweepSegments } from "@troupe/shm";
import { Harness, type Host, waitUntil } from "@troupe/testkit";

import { RemoteHost } from "./remote-host.js";

/** A process of a cluster: what it is called, and which process has the store of its host, itself by default. */
export interface ProcessOptions {
  readonly name: string;
  readonly store?: string;
  /** Bytes of its store. */
  readonly capacity?: number;
  readonly spill?: string | false;
  readonly files?: string;
}

/** What a process knows of its objects, its store and the other hosts. */
export interface Stats {
  readonly owned: number;
  readonly borrowed: number;
  readonly store?: { readonly objects: number; readonly pinned: number; readonly spilled: number };
  readonly hosts?: { readonly copies: number; readonly pulls: number; readonly lending: number };
}

export function statsOf(process: RemoteHost): Promise<Stats> {
  return process.do("stats");
}

const mebibyte = 1024 * 1024;

/** Processes of a cluster of several hosts, on this machine or on some network. */
export class HostCluster implements AsyncDisposable {
  readonly #processes: RemoteHost[] = [];

  private constructor(
    readonly harness: Harness,
    private readonly networks: Readonly<Record<string, Host>>,
    private readonly registry: string,
  ) {}

  /** @param networks Where the processes are, by the name of their hosts' stores; here those that have none. */
  static async start(networks: Readonly<Record<string, Host>> = {}): Promise<HostCluster> {
    const harness = await Harness.start();
    const [first] = Object.values(networks);
    const registry = first ? `tcp://${first.address}:7801` : `ipc://${harness.runtimeDirectory}/registry`;
    return new HostCluster(harness, networks, registry);
  }

  readonly #key = generateClusterKey();

  /** Starts a process. The first serves the registry, and is to be the last to go. */
  async process(options: ProcessOptions): Promise<RemoteHost> {
    const network = this.networks[options.store ?? options.name];
    const spawn = network ? { env: { TROUPE_KEY: this.#key }, under: network.under } : {};
    const settings = { capacity: 64 * mebibyte, spill: false, ...options };
    const process = await RemoteHost.start(this.harness, this.registry, settings, spawn, "cluster");
    this.#processes.unshift(process);
    await this.#allKnow(({ length }) => length === this.#processes.length - 1);
    return process;
  }

  /** Kills one, and waits until all others know. */
  async kill(doomed: RemoteHost): Promise<void> {
    await doomed.process.kill();
    this.#processes.splice(this.#processes.indexOf(doomed), 1);
    await this.#allKnow((peers) => !peers.includes(doomed.name));
  }

  /** Waits until nothing is in those stores any more, once nobody has views. */
  async untilEmpty(...stores: readonly RemoteHost[]): Promise<void> {
    const isEmpty = async (store: RemoteHost) => (await statsOf(store)).store?.objects === 0;
    for (const store of stores) {
      const look = async () => {
        await Promise.all(this.#processes.map((process) => process.do("collect")));
        return isEmpty(store);
      };
      await waitUntil(look, { what: `nothing to be in the store of ${store.name}` });
    }
  }

  /** Ends all in order. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      // What was killed left its memory, as on a machine where nothing of its cluster runs any more.
      sweepSegments();
      for (const process of this.#processes) await process.close();
    } finally {
      await this.harness[Symbol.asyncDispose]();
    }
  }

  async #allKnow(isSo: (peers: readonly string[]) => boolean): Promise<void> {
    const peers = () => Promise.all(this.#processes.map((process) => process.do<string[]>("peers")));
    await waitUntil(async () => (await peers()).every(isSo), { what: "all to know of each other" });
  }
}
