import { TroupeError, uniqueId, type WaitOptions, withDeadline } from "@troupe/core";

import type { HostStore } from "../store/host-store.js";
import type { Place } from "../value/stored-value.js";
import { ObjectReader } from "../view/object-reader.js";
import { broadcast, type Broadcast, checkBroadcast } from "./broadcast.js";
import { ByteBudget } from "./byte-budget.js";
import { Copies, type OnCopied } from "./copies.js";
import type { Flow } from "./fetch-chunks.js";
import { OutgoingFile } from "./files/outgoing-file.js";
import { Receipts } from "./files/receipts.js";
import { HostServer, type Reply } from "./host-server.js";
import { Lender } from "./lender.js";
import { lendObject, type Memory } from "./loans.js";
import type { BroadcastOptions, SendFileOptions } from "./options.js";
import { type Pulled, Puller, type Source } from "./puller.js";
import type { Settings } from "./settings.js";
import type { Wire } from "./wire.js";

/** Counts of an exchange. */
export interface HostExchangeStats {
  /** Objects and files that other hosts read here now. */
  readonly lending: number;
  /** Copies of broadcasts that their hosts have not confirmed yet. */
  readonly copies: number;
  /** Bytes that this host has asked for and not received. */
  readonly inFlight: number;
}

/** What an exchange is part of. */
export interface ExchangeSide {
  readonly wire: Wire;
  /** This host's objects; asked for when there is something to do with them. */
  readonly store: () => HostStore;
  readonly settings: () => Settings;
  /** Of an object of this host the process that owns it, where that is known. */
  readonly ownerOf?: (key: number) => string | undefined;
  readonly onCopied?: OnCopied;
  /** Told of what failed though nobody waits for it. */
  readonly onFailure: (error: unknown) => void;
}

/** A host's transfers, those that it asked for and those that it serves, over some wire. */
export class Exchange {
  readonly #wire: Wire;
  readonly #memory: Memory;
  readonly #flow: Flow;
  readonly #lender = new Lender();
  readonly #puller: Puller;
  readonly #copies: Copies;
  readonly #receipts: Receipts;
  readonly #server: HostServer;
  readonly #onFailure: (error: unknown) => void;
  /** What close waits for. */
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(side: ExchangeSide) {
    const { wire, store, settings, ownerOf = nobody, onCopied = () => undefined, onFailure } = side;
    const { chunkBytes, window, inFlight, stallTimeout } = settings();
    this.#wire = wire;
    this.#onFailure = onFailure;
    this.#memory = { store, reader: new ObjectReader() };
    this.#flow = { window, budget: new ByteBudget(inFlight), stallTimeout };
    this.#puller = new Puller(store, wire, this.#flow, chunkBytes, () => this.#isClosed);
    this.#copies = new Copies(store, this.#puller, wire.self, onCopied);
    this.#receipts = new Receipts(() => settings().files, wire, this.#flow, chunkBytes);
    this.#server = new HostServer(this.#memory, this.#lender, this.#copies, this.#receipts, ownerOf);
  }

  stats(): HostExchangeStats {
    return { lending: this.#lender.size, copies: this.#copies.size, inFlight: this.#flow.budget.taken };
  }

  pull(sources: readonly [Source, ...Source[]], options: WaitOptions): Promise<Pulled> {
    return this.#run(this.#puller.pull(sources, options));
  }

  /** @param of What a cluster knows the object as, whose copies are that object's then. */
  async broadcast(
    key: number,
    hosts: readonly string[],
    { fanout = 2, signal, timeout }: BroadcastOptions,
    of?: { readonly place: Place; readonly owner: string | undefined },
  ): Promise<Broadcast> {
    checkBroadcast(this.#wire.self, hosts, fanout);
    const loan = await lendObject(this.#memory, key, this.#wire.self);
    const stop = new AbortController();
    const { byteLength } = loan;
    const work = broadcast(
      this.#wire,
      { key, byteLength, of: of?.place, owner: of?.owner },
      hosts,
      fanout,
      this.#flow.stallTimeout,
      stop.signal,
      () => this.#isClosed,
    ).finally(() => loan.release());
    try {
      return await withDeadline(`the broadcast of object ${key}`, this.#run(work), { signal, timeout });
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }

  sendFile(path: string, host: string, target: string, options: SendFileOptions): Promise<void> {
    return this.#run(this.#sendFile(path, host, target, options));
  }

  /** Does what another host asks for. @throws What is to be told it. */
  handle(type: string, from: string, body: unknown, reply: Reply): Promise<void> {
    return this.#run(this.#server.handle(type, from, body, reply));
  }

  /** Another host is gone. */
  hostLeft(name: string): void {
    this.#lender.closeAll(name);
    this.#attend(this.#copies.rootLeft(name));
  }

  /** Begins nothing more, and ends what it does for others. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    this.#lender.clear();
    await this.#copies.clear();
  }

  /** After {@link stop}, and once the wire is closed: settles when nothing is under way any more. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#memory.reader.close();
  }

  /** @throws ERR_CLOSED */
  assertOpen(): void {
    if (!this.#isClosed) return;
    throw new TroupeError("ERR_CLOSED", `The exchange "${this.#wire.self}" is closed.`);
  }

  async #sendFile(path: string, host: string, target: string, options: SendFileOptions): Promise<void> {
    const { signal, timeout, onProgress } = options;
    const file = await OutgoingFile.open(path, onProgress);
    const transfer = uniqueId();
    try {
      await this.#lender.open(host, transfer, () => file);
      const { byteLength, mode } = file;
      const offer = { transfer, target, byteLength, mode };
      await this.#wire.ask(host, "file-offer", offer, { signal, timeout });
    } catch (error) {
      this.#wire.tell(host, "file-withdraw", { transfer });
      throw error;
    } finally {
      this.#lender.close(host, transfer);
      await file.close();
    }
  }

  /** Lets `close` wait for it. */
  #run<T>(work: Promise<T>): Promise<T> {
    const forget = () => void this.#running.delete(work);
    this.#running.add(work);
    work.then(forget, forget);
    return work;
  }

  /** For what nobody waits for. */
  #attend(work: Promise<unknown>): void {
    this.#run(work).catch(this.#onFailure);
  }
}

function nobody(): undefined {
  return undefined;
}
