import { resolve } from "node:path";

import { TroupeError, type WaitOptions } from "@troupe/core";

import { here } from "../memory/local-memory.js";
import { Holders, memoryOp, type MemoryRequest, serveMemory } from "../memory/memory-service.js";
import type { Pinned } from "../memory/memory.js";
import type { Reclaimer } from "../memory/reclaimer.js";
import type { ObjectPort } from "../port.js";
import type { HostStore } from "../store/host-store.js";
import { Exchange } from "../transfer/exchange.js";
import type { SendFileOptions } from "../transfer/options.js";
import { PortWire, transferOp } from "../transfer/port-wire.js";
import type { Settings } from "../transfer/settings.js";
import { isPlace, type Place } from "../value/stored-value.js";
import { CopiedObjects } from "./copied-objects.js";

/** The system request by which a process has its host's store do something with other hosts. */
export const hostsOp = "object-hosts";

export type HostsRequest =
  | readonly ["broadcast", place: Place, hosts: readonly string[], fanout: number | null]
  | readonly ["send-file", path: string, host: string, target: string];

/** Hosts that have an object after a broadcast, and those that have not, each with what went wrong there. */
export interface Spread {
  readonly hosts: readonly string[];
  readonly failed: ReadonlyMap<string, Error>;
}

/** Options of a broadcast to hosts of a cluster. */
export interface SpreadOptions extends WaitOptions {
  /** Hosts that each host feeds, at most. Default 2. */
  readonly fanout?: number | undefined;
}

/**
 * A cluster as the process sees it that has the store of a host: what it does for the processes of its host, and what the
 * stores of the hosts do for each other.
 */
export class OtherHosts {
  readonly #exchange: Exchange;
  readonly #copied: CopiedObjects;
  readonly #holders: Holders;
  /** Processes that wait for objects of other hosts. */
  readonly #waiting = new Map<string, AbortController>();

  /** @param store This host's, made when it is first of use. */
  constructor(
    private readonly store: () => HostStore,
    private readonly reclaimer: Reclaimer,
    settings: () => Settings,
    private readonly port: ObjectPort,
  ) {
    const holders = (this.#holders = new Holders(port));
    this.#exchange = new Exchange({
      wire: new PortWire(port),
      store,
      settings,
      ownerOf: (key) => holders.processOf(store().ownerOf(key)),
      onCopied: (of, key, owner) => this.#copied.enter(of, { key, owner }),
      onFailure: (error) => port.log.error({ err: error }, "an exchange of objects failed"),
    });
    this.#copied = new CopiedObjects(store, this.#exchange, port, holders);
    this.#serve();
  }

  /** Copies of other hosts' objects that are here, how many times one was fetched, and what is under way. */
  stats() {
    const { lending, inFlight } = this.#exchange.stats();
    return { ...this.#copied.stats(), lending, inFlight };
  }

  pin(place: Place, holder: string, signal?: AbortSignal): Promise<Pinned> {
    return this.#copied.pin(place, holder, signal);
  }

  keep([key, , store]: Place): void {
    this.port.tell(store, memoryOp, ["keep", key] satisfies MemoryRequest);
  }

  async promote([key, , store]: Place): Promise<void> {
    await this.port.request(store, memoryOp, ["keep", key] satisfies MemoryRequest);
  }

  delete([key, , store]: Place): void {
    this.port.tell(store, memoryOp, ["delete", key] satisfies MemoryRequest);
  }

  /** Brings an object to other hosts, through this one. */
  async broadcast(place: Place, hosts: readonly string[], options: SpreadOptions): Promise<Spread> {
    const [, , store] = place;
    const isOther = (host: string) => host !== store && host !== this.port.name;
    const isHere = store === this.port.name;
    const { key } = isHere ? { key: place[0] } : await this.pin(place, here);
    try {
      const owner = this.#holders.processOf(this.store().ownerOf(key));
      const others = hosts.filter(isOther);
      const { failed } = await this.#exchange.broadcast(key, others, options, { place, owner });
      return { hosts: hosts.filter((host) => !failed.has(host)), failed };
    } finally {
      if (!isHere) this.store().unpin(key, here);
    }
  }

  sendFile(path: string, host: string, target: string, options: SendFileOptions): Promise<void> {
    return this.#exchange.sendFile(resolve(path), host, target, options);
  }

  /** The cluster is closed: what its processes had here goes. */
  close(): void {
    void this.#exchange.stop().then(() => this.#exchange.close());
    const holders = [...this.#holders.all];
    for (const holder of holders) this.store().processEnded(holder);
    if (holders.length > 0) this.store().trim();
  }

  #serve(): void {
    const { port } = this;
    serveMemory(this.store, this.reclaimer, port, this.#holders, (place, process) =>
      this.#fetch(place, process),
    );
    port.serve(transferOp, (args, from) => this.#answer(args, from));
    port.serve(hostsOp, (args, from) => this.#do(args as HostsRequest, from));
    port.onGone((process) => {
      this.#waiting.get(process)?.abort();
      this.#waiting.delete(process);
      this.#exchange.hostLeft(process);
    });
  }

  #fetch(place: Place, process: string): Promise<Pinned> {
    let waiting = this.#waiting.get(process);
    if (!waiting) this.#waiting.set(process, (waiting = new AbortController()));
    return this.pin(place, this.#holders.of(process), waiting.signal);
  }

  #answer(args: unknown, from: string): Promise<unknown> {
    const [type, body] = Array.isArray(args) ? (args as unknown[]) : [];
    return new Promise((resolve, reject) => {
      // Where there is nothing to say, the asker waits for nothing.
      this.#exchange.handle(String(type), from, body, resolve).then(() => resolve(undefined), reject);
    });
  }

  async #do([what, ...args]: HostsRequest, from: string): Promise<unknown> {
    if (what === "send-file") {
      const [path, host, target] = args as readonly string[];
      if (path !== undefined && host !== undefined && target !== undefined)
        return this.sendFile(path, host, target, {});
    } else {
      const [place, hosts, fanout] = args as readonly unknown[];
      if (what === "broadcast" && isPlace(place) && Array.isArray(hosts))
        return this.broadcast(place, hosts as string[], { fanout: (fanout as number | null) ?? 2 });
    }
    throw new TroupeError("ERR_PROTOCOL", `"${from}" asked this host for something that it does not know.`);
  }
}
