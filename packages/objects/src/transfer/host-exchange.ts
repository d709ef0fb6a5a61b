import { defaultLogger, type Logger, TroupeError, uniqueId, withDeadline } from "@troupe/core";
import { Proxy } from "@troupe/proxy";

import type { HostStore } from "../store/host-store.js";
import { ObjectReader } from "../view/object-reader.js";
import { broadcast, type Broadcast, checkBroadcast } from "./broadcast.js";
import { ByteBudget } from "./byte-budget.js";
import { Copies } from "./copies.js";
import type { Flow } from "./fetch-chunks.js";
import { OutgoingFile } from "./files/outgoing-file.js";
import { Receipts } from "./files/receipts.js";
import { Lender } from "./lender.js";
import { lendObject, type Memory } from "./loans.js";
import type { BroadcastOptions, HostExchangeOptions, PullOptions, SendFileOptions } from "./options.js";
import { HostServer } from "./host-server.js";
import type { Settings } from "./parse-options.js";
import { Puller } from "./puller.js";
import { Wire } from "./wire.js";

/** Counts of an exchange. */
export interface HostExchangeStats {
  /** Objects and files that other hosts read here now. */
  readonly lending: number;
  /** Copies of broadcasts that their hosts have not confirmed yet. */
  readonly copies: number;
  /** Bytes that this host has asked for and not received. */
  readonly inFlight: number;
}

/**
 * A host's place among the hosts that give each other objects: serves those of its store, fetches those of others, and
 * sends files. Hosts on several machines need the cluster's key; everything between them is encrypted.
 *
 * Bytes travel in chunks that the receiver asks for, so many at a time as it has room for: a host is never sent more than
 * `inFlight` bytes that it did not take yet.
 */
export class HostExchange implements AsyncDisposable {
  readonly #wire: Wire;
  readonly #memory: Memory;
  readonly #flow: Flow;
  readonly #lender = new Lender();
  readonly #puller: Puller;
  readonly #copies: Copies;
  readonly #receipts: Receipts;
  /** What close waits for. */
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(
    private readonly proxy: Proxy,
    private readonly log: Logger,
    store: HostStore,
    { files, chunkBytes, window, inFlight, stallTimeout }: Settings,
  ) {
    this.#wire = new Wire(proxy);
    this.#memory = { store, reader: new ObjectReader() };
    this.#flow = { window, budget: new ByteBudget(inFlight), stallTimeout };
    this.#puller = new Puller(store, this.#wire, this.#flow, chunkBytes);
    this.#copies = new Copies(store, this.#puller, proxy.name);
    this.#receipts = new Receipts(files, this.#wire, this.#flow, chunkBytes);
    proxy.on("peer-left", ({ name }) => {
      this.#lender.closeAll(name);
      this.#attend(this.#copies.rootLeft(name));
    });
    proxy.on("lost", () => void this.close());
  }

  /** Joins the hosts. @throws As `Proxy.join`. */
  static async join(options: HostExchangeOptions): Promise<HostExchange> {
    // Loaded when somebody joins: processes that read objects only start without it.
    const { parseOptions } = await import("./parse-options.js");
    const settings = parseOptions(options);
    const { group = "objects", name, registry, key, listen, lease, joinTimeout, signal } = options;
    const { log = defaultLogger() } = options;
    const place = { group, component: "host", name, registry, key, listen, signal, log };
    const times = {
      ...(lease !== undefined && { lease }),
      ...(joinTimeout !== undefined && { joinTimeout }),
    };
    const proxy = await Proxy.join({ ...place, ...times });
    const exchange = new HostExchange(proxy, log, options.store, settings);
    exchange.#attend(exchange.#serve());
    return exchange;
  }

  /** This host's name among the others. */
  get name(): string {
    return this.proxy.name;
  }

  /** Names of the other hosts that are there now. */
  get hosts(): readonly string[] {
    return this.proxy.peers.get("host") ?? [];
  }

  stats(): HostExchangeStats {
    return { lending: this.#lender.size, copies: this.#copies.size, inFlight: this.#flow.budget.taken };
  }

  /**
   * Fetches the object that host `from` has under `key` into this host's store, sealed; gives its key here. It belongs to
   * this host, under {@link name}, until it is deleted. While it lasts the object is pinned at its source. Pulls of the
   * same object from the same host at the same time are one, with one copy; one that comes later makes another.
   *
   * @throws ERR_OBJECT_LOST when no source has it or all fail, with the last failure as its cause; ERR_STORE_FULL,
   *   ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED. In each case nothing of it is left here.
   */
  async pull(from: string, key: number, options: PullOptions = {}): Promise<number> {
    this.#assertOpen();
    const others = [...(options.others ?? [])].map(([host, object]) => ({ host, object }));
    return this.#run(this.#puller.pull([{ host: from, object: key }, ...others], options));
  }

  /**
   * Copies an object of this host to others, through a tree with this host as its root, in the order of `hosts`: each
   * passes chunks on as they come. A host that fails is left out, and those behind it are fed by another.
   *
   * @returns Which hosts have it, under which key, and which have not, and why. There it belongs to the host.
   * @throws ERR_OBJECT_LOST when this host does not have it; ERR_CONFIG, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED: then
   *   no host keeps a copy.
   */
  async broadcast(key: number, hosts: readonly string[], options: BroadcastOptions = {}): Promise<Broadcast> {
    this.#assertOpen();
    const { fanout = 2, signal, timeout } = options;
    checkBroadcast(this.name, hosts, fanout);
    const loan = await lendObject(this.#memory, key, this.name);
    const stop = new AbortController();
    const object = { key, byteLength: loan.byteLength };
    const work = broadcast(this.#wire, object, hosts, fanout, this.#flow.stallTimeout, stop.signal).finally(
      () => loan.release(),
    );
    try {
      return await withDeadline(`the broadcast of object ${key}`, this.#run(work), { signal, timeout });
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }

  /**
   * Sends a file of this host to another, which writes it beside `target` and renames it when it is whole and its
   * checksum (SHA-256) is right. Permissions are kept, without those that lend the owner's rights (setuid, setgid, sticky).
   *
   * @param target A path in the folder in which the other host takes files ({@link HostExchangeOptions.files}). Folders
   *   on its way are made; a file that is there is replaced.
   * @throws ERR_CONFIG for a path or target that cannot be; ERR_UNAUTHORIZED where reading or writing is not permitted, and
   *   for a target outside of the folder; ERR_STORE_FULL when the disk is; ERR_OBJECT_LOST when the file became shorter
   *   meanwhile; ERR_PEER_LEFT, ERR_TIMEOUT, ERR_CANCELLED, ERR_CLOSED. In each case nothing of it is left there.
   */
  async sendFile(path: string, host: string, target: string, options: SendFileOptions = {}): Promise<void> {
    this.#assertOpen();
    await this.#run(this.#sendFile(path, host, target, options));
  }

  /** Ends all transfers, with nothing half done left, and leaves the other hosts. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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

  async #close(): Promise<void> {
    this.#wire.isClosed = true;
    this.#lender.clear();
    await this.#copies.clear();
    await this.proxy.close();
    await Promise.allSettled(this.#running);
    this.#memory.reader.close();
  }

  async #serve(): Promise<void> {
    const server = new HostServer(this.proxy, this.#memory, this.#lender, this.#copies, this.#receipts);
    for await (const message of this.proxy.receive()) this.#attend(server.handle(message));
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
    this.#run(work).catch((error: unknown) =>
      this.log.error({ err: error, name: this.name }, "an exchange of objects failed"),
    );
  }

  #assertOpen(): void {
    if (!this.#wire.isClosed) return;
    throw new TroupeError("ERR_CLOSED", `The exchange "${this.name}" is closed.`);
  }
}
