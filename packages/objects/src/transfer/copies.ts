import { TroupeError } from "@troupe/core";

import type { HostStore } from "../store/host-store.js";
import type { Place } from "../value/stored-value.js";
import { lendFilling } from "./loans.js";
import type { Loan } from "./lender.js";
import type { BodyOf } from "./messages.js";
import type { Incoming, Puller } from "./puller.js";

interface Copy extends Incoming {
  /** The host that broadcasts the object. */
  readonly root: string;
  /** Resolves when the object is whole, sealed and pinned. */
  readonly done: Promise<void>;
  readonly stop: AbortController;
}

/** Told of a copy of an object of a cluster that is whole, with its key here and the object's owner. */
export type OnCopied = (of: Place, key: number, owner: string | undefined) => void;

/**
 * Copies that broadcasts of other hosts make here. Until its root says `keep`, a copy is readable by other hosts while
 * it comes, and is deleted when the root drops it or leaves: nobody else knows that it is here.
 */
export class Copies {
  readonly #copies = new Map<string, Copy>();

  /** @param self Name of this host, which owns and pins the copies. */
  constructor(
    private readonly store: () => HostStore,
    private readonly puller: Puller,
    private readonly self: string,
    private readonly onCopied: OnCopied,
  ) {}

  /** Copies that are not kept yet. */
  get size(): number {
    return this.#copies.size;
  }

  /** Takes memory for a copy and begins to fetch it. @throws ERR_STORE_FULL, ERR_PROTOCOL when it was begun before. */
  begin(root: string, { copy: id, byteLength, sources, of, owner }: BodyOf<"copy-begin">): void {
    if (this.#copies.has(id)) throw unknown(id, "was begun already");
    const incoming = this.puller.begin(byteLength);
    const stop = new AbortController();
    const done = this.puller.fill(incoming, sources, stop.signal).then(() => {
      // Right after it was sealed it is in memory: the pin is no promise.
      void this.store().pin(incoming.key, this.self);
      if (of) this.onCopied(of, incoming.key, owner);
    });
    done.catch(() => undefined);
    this.#copies.set(id, { ...incoming, root, done, stop });
  }

  /** Waits until the copy is whole, and gives its key. @throws ERR_OBJECT_LOST */
  async finish(id: string): Promise<{ readonly key: number }> {
    const { done, key } = this.#find(id);
    await done;
    return { key };
  }

  /** For a host that is further from the root. @throws ERR_OBJECT_LOST */
  lend(id: string): Loan {
    return lendFilling(this.#find(id).filling);
  }

  /** The root has noted the key: from now on the copy is an object like others. */
  async keep(root: string, id: string): Promise<void> {
    const copy = this.#take(root, id);
    if (!copy) return;
    await copy.done;
    copy.filling.fail(unknown(id, "was kept, and its broadcast is over"));
    this.store().unpin(copy.key, this.self);
  }

  /** The copy is not wanted any more. */
  async drop(root: string, id: string): Promise<void> {
    const copy = this.#take(root, id);
    if (!copy) return;
    const reason = unknown(id, "was dropped");
    copy.filling.fail(reason);
    copy.stop.abort(reason);
    // One that failed is deleted already.
    const isWhole = await copy.done.then(
      () => true,
      () => false,
    );
    if (!isWhole) return;
    this.store().unpin(copy.key, this.self);
    this.store().delete(copy.key);
  }

  /** The host is gone, and with it what it broadcasts. */
  async rootLeft(root: string): Promise<void> {
    const theirs = [...this.#copies].filter(([, copy]) => copy.root === root);
    await Promise.all(theirs.map(([id]) => this.drop(root, id)));
  }

  /** Drops all. */
  async clear(): Promise<void> {
    await Promise.all([...this.#copies].map(([id, { root }]) => this.drop(root, id)));
  }

  #find(id: string): Copy {
    const copy = this.#copies.get(id);
    if (!copy) throw unknown(id, "is not being made at this host");
    return copy;
  }

  #take(root: string, id: string): Copy | undefined {
    const copy = this.#copies.get(id);
    if (copy?.root !== root) return undefined;
    this.#copies.delete(id);
    return copy;
  }
}

function unknown(id: string, state: string): TroupeError {
  return new TroupeError("ERR_OBJECT_LOST", `The copy "${id}" ${state}.`, { details: { copy: id } });
}
