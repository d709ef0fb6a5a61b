import type { Destination } from "@troupe/core";

import type { Surroundings } from "../surroundings.js";
import type { Borrower } from "../table/borrower.js";
import type { Known } from "../table/known.js";
import { lostError } from "../table/lost.js";
import { type Keeper, Owned } from "../table/owned.js";
import type { Owner } from "../table/owner.js";
import { ObjectRef } from "./object-ref.js";

/** References that leave this process in messages, and those that come. */
export class Travel {
  constructor(
    private readonly surroundings: Surroundings,
    private readonly owner: Owner,
    private readonly borrower: Borrower,
  ) {}

  /** A reference leaves: whoever gets it says so to `sender`, by the ticket. */
  leave(known: Known, to: Destination | undefined): readonly [sender: string, ticket: number] {
    return [this.surroundings.self, this.owner.tickets.issue(known, to)];
  }

  /** A reference came in a message. @param context The codec's: where the message came from. */
  arrive(owner: string, id: number, sender: string, ticket: number, context: unknown): ObjectRef {
    const { self } = this.surroundings;
    const port = this.surroundings.portOf(context);
    const own = owner === self ? this.owner.get(id) : undefined;
    if (own) {
      const ref = new ObjectRef(own);
      if (sender === self) this.owner.tickets.end(ticket);
      else if (port) this.borrower.cameHome(port, sender, ticket);
      return ref;
    }
    if (!port || owner === self) return lost(owner, id);
    if (sender === owner) return new ObjectRef(this.borrower.fromOwner(port, owner, id, ticket));
    if (sender !== self) return new ObjectRef(this.borrower.fromBorrower(port, owner, id, sender, ticket));
    const ref = new ObjectRef(this.borrower.borrow(port, owner, id));
    this.owner.tickets.end(ticket);
    return ref;
  }

  /** A reference was in an object, which holds what it refers to. */
  meet(owner: string, id: number, context: unknown): ObjectRef {
    const own = owner === this.surroundings.self ? this.owner.get(id) : undefined;
    if (own) return new ObjectRef(own);
    const port = this.surroundings.portOf(context);
    return port ? new ObjectRef(this.borrower.borrow(port, owner, id)) : lost(owner, id);
  }
}

const noKeeper: Keeper = { placed() {}, displaced() {}, unused() {} };

/** A reference to what is not to be had here. */
function lost(owner: string, id: number): ObjectRef {
  const known = new Owned(owner, id, noKeeper);
  known.fail(
    lostError(`${owner}/${id}`, "nobody refers to it any more, or its cluster is not one of this process"),
  );
  return new ObjectRef(known);
}
