import { createHash } from "node:crypto";
import { threadId } from "node:worker_threads";

import { processIdentity } from "@troupe/core";

import type { ObjectPort } from "../port.js";
import type { Surroundings } from "../surroundings.js";
import type { StoredValue } from "../value/stored-value.js";
import { lostError } from "./lost.js";
import { arrived, borrowed, newsOp, type NewsItem } from "./news.js";
import { Owned } from "./owned.js";
import { Tickets } from "./tickets.js";

/** System request: what one of our objects is. Answered when it is ready. */
export const valueOp = "object-value";
/** System request: I have a reference to one of your objects. */
export const borrowOp = "object-borrow";
/** System request: what one of your objects is whose memory, by that key, is lost. */
export const againOp = "object-again";

/** Numbers of a process begin at a multiple of this: those of another with its name are not taken for its own. */
const numbersEach = 2 ** 32;
const firstNumber = Math.floor(numberOf(processIdentity()) * 2 ** 20) * numbersEach;

/** The objects of this process. */
export class Owner {
  readonly tickets = new Tickets();
  readonly #objects = new Map<number, Owned>();
  /** Objects that other processes refer to, by their names. */
  readonly #lent = new Map<string, Set<Owned>>();
  #lastId = firstNumber;

  constructor(private readonly surroundings: Surroundings) {}

  /** Objects that somebody refers to. */
  get size(): number {
    return this.#objects.size;
  }

  create(): Owned {
    const owned = new Owned(this.surroundings.self, ++this.#lastId, this.#unused);
    this.#objects.set(owned.id, owned);
    return owned;
  }

  get(id: number): Owned | undefined {
    return this.#objects.get(id);
  }

  /** Answers the other processes of a cluster. */
  serve(port: ObjectPort): void {
    port.serve(newsOp, (items, from) => {
      for (const item of items as readonly NewsItem[]) this.#hear(item, from);
    });
    port.serve(borrowOp, (id, from) => this.#lend(id as number, from));
    port.serve(valueOp, (id) => this.#value(id as number));
    port.serve(againOp, async (args) => {
      const [id, key] = args as readonly [number, number];
      await this.recover(this.#find(id), key);
      return this.#value(id);
    });
    port.onGone((process) => {
      const lent = this.#lent.get(process) ?? [];
      this.#lent.delete(process);
      for (const owned of lent) returned(owned);
    });
  }

  /**
   * The memory of an object, by that key, is lost: it is computed again, if that is possible.
   *
   * @throws ERR_OBJECT_LOST
   */
  async recover(owned: Owned, key: number, cause?: Error): Promise<void> {
    // Somebody may have found out before.
    if (owned.stored?.[0] === key) {
      if (!owned.rebuild) {
        throw lostError(
          this.#nameOf(owned),
          "its memory is gone, and what was put is not computed again",
          cause,
        );
      }
      owned.clear();
      owned.rebuild();
    }
    await settled(owned);
  }

  /** Gives an object's memory back. */
  free(stored: StoredValue): void {
    if (typeof stored[0] === "number") this.surroundings.memory.delete(stored[0]);
  }

  readonly #unused = (owned: Owned): void => {
    this.#objects.delete(owned.id);
    if (owned.stored) this.free(owned.stored);
    // One that is still to come is given back when it comes.
    if (owned.state !== "pending") owned.clear();
  };

  #hear([what, number]: NewsItem, from: string): void {
    if (what === arrived) return this.tickets.end(number);
    const owned = this.#objects.get(number);
    if (!owned) return;
    if (what === borrowed) return this.#lendTo(from, owned);
    if (this.#lent.get(from)?.delete(owned)) returned(owned);
  }

  #lend(id: number, borrower: string): void {
    this.#lendTo(borrower, this.#find(id));
  }

  #lendTo(borrower: string, owned: Owned): void {
    let lent = this.#lent.get(borrower);
    if (!lent) this.#lent.set(borrower, (lent = new Set()));
    if (lent.has(owned)) return;
    lent.add(owned);
    owned.borrowers++;
  }

  async #value(id: number): Promise<StoredValue> {
    const owned = this.#find(id);
    await settled(owned);
    if (owned.stored) return owned.stored;
    throw owned.error!;
  }

  #find(id: number): Owned {
    const owned = this.#objects.get(id);
    if (owned) return owned;
    throw lostError(`${this.surroundings.self}/${id}`, "nobody referred to it any more");
  }

  #nameOf({ owner, id }: Owned): string {
    return `${owner}/${id}`;
  }
}

/** Settles when it is known what the object is, or that it never will be. */
function settled(owned: Owned): Promise<void> | undefined {
  if (owned.state !== "pending") return undefined;
  return new Promise((resolve) => void owned.whenSettled(resolve));
}

function returned(owned: Owned): void {
  owned.borrowers--;
  owned.unheld();
}

/** From 0 to 1, for this process, or thread. */
function numberOf({ host, pid, startTime }: ReturnType<typeof processIdentity>): number {
  return (
    createHash("sha256").update(`${host} ${pid} ${startTime} ${threadId}`).digest().readUInt32LE() / 2 ** 32
  );
}
