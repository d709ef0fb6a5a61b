import { isTroupeError } from "@troupe/core";

import type { ObjectPort } from "../port.js";
import { isAt, type Place, type StoredValue } from "../value/stored-value.js";
import { Borrowed } from "./borrowed.js";
import { lostError } from "./lost.js";
import { arrived, borrowed, News, returned } from "./news.js";
import { againOp, borrowOp, valueOp } from "./owner.js";

/** The objects of other processes that this one refers to. */
export class Borrower {
  /** By their cluster, their owner, and their number there. */
  readonly #objects = new Map<ObjectPort, Map<string, Map<number, Borrowed>>>();
  readonly #news = new News();
  /** Those whose owners have not said yet that they know. */
  readonly #unacknowledged = new Set<Promise<void>>();

  /** Objects that are borrowed. */
  get size(): number {
    let sum = 0;
    for (const owners of this.#objects.values()) for (const { size } of owners.values()) sum += size;
    return sum;
  }

  /** Settles when every owner knows what this process has borrowed so far; `undefined` when that is so now. */
  get whenAcknowledged(): Promise<unknown> | undefined {
    return this.#unacknowledged.size === 0 ? undefined : Promise.all(this.#unacknowledged);
  }

  /** Follows the ends of processes of a cluster. */
  serve(port: ObjectPort): void {
    port.onGone((process) => {
      for (const object of this.#objects.get(port)?.get(process)?.values() ?? []) this.#ownerDied(object);
    });
  }

  /** A reference of the owner itself came, which holds the object by that ticket. */
  fromOwner(port: ObjectPort, owner: string, id: number, ticket: number): Borrowed {
    const known = this.#find(port, owner, id);
    const object = known ?? this.#add(port, owner, id);
    if (!known) this.#news.add(port, owner, [borrowed, id]);
    this.#news.add(port, owner, [arrived, ticket]);
    return object;
  }

  /** A reference came from `sender`, which has borrowed the object as well, and holds it by that ticket. */
  fromBorrower(port: ObjectPort, owner: string, id: number, sender: string, ticket: number): Borrowed {
    const object = this.borrow(port, owner, id);
    const tell = () => this.#news.add(port, sender, [arrived, ticket]);
    if (object.acknowledged) object.acknowledged.then(tell, tell);
    else tell();
    return object;
  }

  /** A reference was part of an object, which holds it for as long as that is held. */
  borrow(port: ObjectPort, owner: string, id: number): Borrowed {
    return this.#find(port, owner, id) ?? this.#request(port, owner, id);
  }

  /** A reference of ours came back to us, which `sender` holds by that ticket. */
  cameHome(port: ObjectPort, sender: string, ticket: number): void {
    this.#news.add(port, sender, [arrived, ticket]);
  }

  /** Asks the owner what an object is, once. */
  ask(object: Borrowed): void {
    if (object.isAsked) return;
    object.isAsked = true;
    this.#settle(object, object.port.request(object.owner, valueOp, object.id));
  }

  /** Asks the owner again: the object is not to be had from that place any more. */
  askAgain(object: Borrowed, place: Place): void {
    if (!isAt(object.stored, place)) return;
    object.state = "pending";
    object.stored = object.opened = undefined;
    this.#settle(object, object.port.request(object.owner, againOp, [object.id, place]));
  }

  #settle(object: Borrowed, answer: Promise<unknown>): void {
    answer.then(
      (stored) => object.settle(stored as StoredValue),
      (error: unknown) => object.fail(this.#reasonOf(object, error)),
    );
  }

  #request(port: ObjectPort, owner: string, id: number): Borrowed {
    const object = this.#add(port, owner, id);
    // What was said before has to be heard before.
    this.#news.tell();
    object.hold();
    const acknowledged = port.request(owner, borrowOp, id).then(
      () => {},
      (error: unknown) => {
        if (object.state === "pending") object.fail(this.#reasonOf(object, error));
      },
    );
    object.acknowledged = acknowledged;
    this.#unacknowledged.add(acknowledged);
    void acknowledged.then(() => {
      object.acknowledged = undefined;
      this.#unacknowledged.delete(acknowledged);
      object.release();
    });
    return object;
  }

  #find(port: ObjectPort, owner: string, id: number): Borrowed | undefined {
    return this.#objects.get(port)?.get(owner)?.get(id);
  }

  #add(port: ObjectPort, owner: string, id: number): Borrowed {
    const object = new Borrowed(port, owner, id, this.#unused);
    let owners = this.#objects.get(port);
    if (!owners) this.#objects.set(port, (owners = new Map<string, Map<number, Borrowed>>()));
    let objects = owners.get(owner);
    if (!objects) owners.set(owner, (objects = new Map<number, Borrowed>()));
    objects.set(id, object);
    return object;
  }

  readonly #unused = (object: Borrowed): void => {
    const { port, owner, id } = object;
    const owners = this.#objects.get(port);
    const objects = owners?.get(owner);
    objects?.delete(id);
    if (objects?.size === 0) owners!.delete(owner);
    this.#news.add(port, owner, [returned, id]);
  };

  /** What this process has of it already stays. */
  #ownerDied(object: Borrowed): void {
    const { state, stored, owner, id } = object;
    if (state === "failed" || stored?.[0] instanceof Uint8Array) return;
    object.fail(lostError(nameOf(owner, id), `its owner, the process "${owner}", has ended`));
  }

  #reasonOf({ owner, id }: Borrowed, error: unknown): Error {
    const isGone = isTroupeError(error, "ERR_ACTOR_DIED") && error.details["process"] === owner;
    if (isGone || isTroupeError(error, "ERR_PEER_LEFT"))
      return lostError(nameOf(owner, id), `its owner, the process "${owner}", has ended`, error);
    return error instanceof Error ? error : new Error(String(error));
  }
}

function nameOf(owner: string, id: number): string {
  return `${owner}/${id}`;
}
