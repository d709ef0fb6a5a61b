import { defaultLogger, type Message } from "@troupe/core";
import { Proxy } from "@troupe/proxy";

import type { Broadcast } from "./broadcast.js";
import { Exchange, type HostExchangeStats } from "./exchange.js";
import { GroupWire } from "./group-wire.js";
import type { BroadcastOptions, HostExchangeOptions, PullOptions, SendFileOptions } from "./options.js";

/**
 * A host's place among the hosts that give each other objects: serves those of its store, fetches those of others, and
 * sends files. Hosts on several machines need the cluster's key; everything between them is encrypted.
 *
 * Bytes travel in chunks that the receiver asks for, so many at a time as it has room for: a host is never sent more than
 * `inFlight` bytes that it did not take yet.
 */
export class HostExchange implements AsyncDisposable {
  #closing: Promise<void> | undefined;

  private constructor(
    private readonly proxy: Proxy,
    private readonly exchange: Exchange,
    private readonly onFailure: (error: unknown) => void,
  ) {
    proxy.on("peer-left", ({ name }) => exchange.hostLeft(name));
    proxy.on("lost", () => void this.close());
    void this.#serve();
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
    const { store } = options;
    const onFailure = (error: unknown) =>
      log.error({ err: error, name: proxy.name }, "an exchange of objects failed");
    const wire = new GroupWire(proxy);
    const exchange = new Exchange({ wire, store: () => store, settings: () => settings, onFailure });
    return new HostExchange(proxy, exchange, onFailure);
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
    return this.exchange.stats();
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
    this.exchange.assertOpen();
    const others = [...(options.others ?? [])].map(([host, object]) => ({ host, object }));
    return (await this.exchange.pull([{ host: from, object: key }, ...others], options)).key;
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
    this.exchange.assertOpen();
    return this.exchange.broadcast(key, hosts, options);
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
    this.exchange.assertOpen();
    await this.exchange.sendFile(path, host, target, options);
  }

  /** Ends all transfers, with nothing half done left, and leaves the other hosts. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.exchange.stop();
    await this.proxy.close();
    await this.exchange.close();
  }

  async #serve(): Promise<void> {
    try {
      for await (const message of this.proxy.receive()) void this.#answer(message);
    } catch (error) {
      this.onFailure(error);
    }
  }

  async #answer(message: Message): Promise<void> {
    const { type, source, body } = message;
    // A host that is gone misses no answer.
    const reply = (answer: unknown) =>
      void this.proxy.reply(message, { body: answer }).catch(() => undefined);
    try {
      await this.exchange.handle(type, source, body, reply);
    } catch (error) {
      await this.proxy.reject(message, error as Error).catch(() => undefined);
    }
  }
}
