import { isTroupeError } from "@troupe/core";

import type { Holders } from "../memory/memory-service.js";
import type { Pinned } from "../memory/memory.js";
import type { ObjectPort } from "../port.js";
import type { HostStore } from "../store/host-store.js";
import { copyOp, type CopyNews } from "../table/directory.js";
import type { Exchange } from "../transfer/exchange.js";
import type { Pulled } from "../transfer/puller.js";
import { nameOfPlace, type Place } from "../value/stored-value.js";

/**
 * Objects of other hosts that this host's store has copies of: each is pulled once for all processes of the host. A copy
 * goes with its object, whose owner knows of it; and before that when the store needs the room.
 */
export class CopiedObjects {
  /** Keys in this host's store, by what they are copies of. */
  readonly #copies = new Map<string, number>();
  #pulls = 0;

  constructor(
    private readonly store: () => HostStore,
    private readonly exchange: Exchange,
    private readonly port: ObjectPort,
    private readonly holders: Holders,
  ) {}

  /** Copies that are here, and how many times one was fetched. */
  stats(): { readonly copies: number; readonly pulls: number } {
    return { copies: this.#copies.size, pulls: this.#pulls };
  }

  /** The key of a copy that is here. */
  find(place: Place): number | undefined {
    return this.#copies.get(nameOfPlace(place));
  }

  /**
   * Holds the copy of an object for a process, once it is here.
   *
   * @param signal The process wants it no more.
   * @throws ERR_OBJECT_LOST when it is not to be had there, ERR_STORE_FULL here or there.
   */
  async pin(place: Place, holder: string, signal?: AbortSignal): Promise<Pinned> {
    for (;;) {
      const key = this.find(place);
      if (key !== undefined) return { key, at: await this.store().pin(key, holder) };
      const pulled = await this.#pull(place, signal);
      signal?.throwIfAborted();
      // All who waited for it are told at once.
      if (this.find(place) === undefined) this.enter(place, pulled);
    }
  }

  /** A copy is here. */
  enter(place: Place, { key, owner }: Pulled): void {
    const name = nameOfPlace(place);
    const store = this.store();
    this.#pulls++;
    this.#copies.set(name, key);
    store.asCopy(key, this.holders.of(owner ?? this.port.name), (isEvicted) => {
      if (this.#copies.get(name) === key) this.#copies.delete(name);
      if (isEvicted && owner !== undefined) this.port.tell(owner, copyOp, [place, null] satisfies CopyNews);
    });
    // Who does not own it, or not any more, cannot say when the copy has to go: those who wait for it now are the last.
    const drop = () => store.delete(key);
    if (owner === undefined) return void queueMicrotask(drop);
    this.port
      .request(owner, copyOp, [place, key] satisfies CopyNews)
      .then((isWanted) => isWanted === true || drop(), drop);
  }

  async #pull([key, , store]: Place, signal: AbortSignal | undefined): Promise<Pulled> {
    try {
      return await this.exchange.pull([{ host: store, object: key }], { signal });
    } catch (error) {
      // It is not lost where there only is no room to read it back from disk.
      const isThere = isTroupeError(error, "ERR_OBJECT_LOST") && isTroupeError(error.cause, "ERR_STORE_FULL");
      throw isThere ? error.cause : error;
    }
  }
}
