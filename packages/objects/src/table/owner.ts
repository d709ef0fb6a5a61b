import { createHash } from "node:crypto";
import { threadId } from "node:worker_threads";

import { processIdentity } from "@troupe/core";

import type { ObjectPort } from "../port.js";
import type { Surroundings } from "../surroundings.js";
import { isAt, isLarge, type Place, type StoredValue } from "../value/stored-value.js";
import { Directory } from "./directory.js";
import { lostError } from "./lost.js";
import { arrived, borrowed, newsOp, type NewsItem } from "./news.js";
import { type Keeper, Owned } from "./owned.js";
import { Tickets } from "./tickets.js";

/** System request: what one of our objects is. Answered when it is ready. */
export const valueOp = "object-value";
/** System request: I have a reference to one of your objects. */
export const borrowOp = "object-borrow";
/** System request: what one of your objects is that is not to be had from that place any more. */
export const againOp = "object-again";

/** Numbers of a process begin at a multiple of this: those of another with its name are not taken for its own. */
const numbersEach = 2 ** 32;
const firstNumber = Math.floor(numberOf(processIdentity()) * 2 ** 20) * numbersEach;

/** The objects of this process. */
export class Owner implements Keeper {
  readonly tickets = new Tickets();
  readonly directory = new Directory((copy) => this.surroundings.memory.delete(copy));
  readonly #objects = new Map<number, Owned>();
  /** Objects that other processes refer to, by their names. */
  readonly #lent = new Map<string, Set<Owned>>();
  /** Objects that are looked for, by what comes of it: whether there was a copy. */
  readonly #recovering = new Map<Owned, Promise<boolean>>();
  /** Objects that nobody refers to any more, and whose contents are being given back. */
  readonly #emptied: Owned[] = [];
  #isEmptying = false;
  #lastId = firstNumber;

  constructor(private readonly surroundings: Surroundings) {}

  /** Objects that somebody refers to. */
  get size(): number {
    return this.#objects.size;
  }

  create(): Owned {
    const owned = new Owned(this.surroundings.self, ++this.#lastId, this);
    this.#objects.set(owned.id, owned);
    return owned;
  }

  get(id: number): Owned | undefined {
    return this.#objects.get(id);
  }

  /** This process has that name from now on, as has its store. Nobody else refers to its objects. */
  rename(name: string): void {
    for (const owned of this.#objects.values()) {
      const { owner, stored } = owned;
      owned.owner = name;
      if (!stored || !isLarge(stored)) continue;
      const [key, byteLength, store] = stored;
      if (store === owner) this.directory.move(owned, [key, byteLength, name]);
    }
  }

  /** Answers the other processes of a cluster. */
  serve(port: ObjectPort): void {
    port.serve(newsOp, (items, from) => {
      for (const item of items as readonly NewsItem[]) this.#hear(item, from);
    });
    port.serve(borrowOp, (id, from) => this.#lend(id as number, from));
    port.serve(valueOp, (id) => this.#value(id as number));
    port.serve(againOp, async (args) => {
      const [id, place] = args as readonly [number, Place];
      await this.recover(this.#find(id), place);
      return this.#value(id);
    });
    this.directory.serve(port);
    port.onGone((process) => {
      for (const owned of this.directory.storeLost(process)) void this.#fromCopy(owned);
      const lent = this.#lent.get(process) ?? [];
      this.#lent.delete(process);
      for (const owned of lent) returned(owned);
      this.tickets.endOf(process, port.transport);
    });
  }

  /**
   * An object is not to be had from that place any more: there is a copy of it, or it is computed again.
   *
   * @throws ERR_OBJECT_LOST when neither is possible
   */
  async recover(owned: Owned, place: Place, cause?: Error): Promise<void> {
    // Somebody may have found out before.
    if (isAt(owned.stored, place) && !(await this.#fromCopy(owned)) && isAt(owned.stored, place)) {
      if (!owned.lineage) {
        throw lostError(
          this.#nameOf(owned),
          "its memory is gone, and what was put is not computed again",
          cause,
        );
      }
      owned.clear();
      owned.lineage.rebuild();
    }
    await settled(owned);
  }

  placed(owned: Owned, place: Place): void {
    this.directory.add(owned, place);
  }

  displaced(owned: Owned): void {
    for (const place of this.directory.remove(owned)) this.surroundings.memory.delete(place);
  }

  unused(owned: Owned): void {
    this.#objects.delete(owned.id);
    // One that is still to come is given back when it comes.
    if (owned.isEmpty) return owned.state === "pending" ? undefined : owned.clear();
    this.#emptied.push(owned);
    if (!this.#isEmptying) this.#empty();
  }

  /** A copy takes the object's place, if there is one. */
  #fromCopy(owned: Owned): Promise<boolean> {
    let recovering = this.#recovering.get(owned);
    if (!recovering) {
      recovering = this.#promoteCopy(owned).finally(() => this.#recovering.delete(owned));
      this.#recovering.set(owned, recovering);
    }
    return recovering;
  }

  async #promoteCopy(owned: Owned): Promise<boolean> {
    const { memory } = this.surroundings;
    const { stored: lost } = owned;
    for (const copy of this.directory.copiesOf(owned)) {
      try {
        await memory.promote(copy);
      } catch {
        // It had to make room, or its host is lost as well.
        continue;
      }
      // Who let go of the object meanwhile gave its copies back.
      if (owned.stored !== lost) return false;
      this.directory.move(owned, copy);
      memory.delete(lost as Place);
      return true;
    }
    return false;
  }

  /** What one held may be the last reference to the next, and so on: in a loop, as the chain may be long. */
  #empty(): void {
    this.#isEmptying = true;
    for (let owned = this.#emptied.pop(); owned; owned = this.#emptied.pop()) {
      const { lineage } = owned;
      owned.lineage = undefined;
      // One that is still to come is given back when it comes.
      if (owned.state !== "pending") owned.clear();
      lineage?.forget();
    }
    this.#isEmptying = false;
  }

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
