import { registerExtension } from "@troupe/core";

import type { Known } from "../table/known.js";
import { knownBy, ObjectRef } from "./object-ref.js";
import type { Travel } from "./travel.js";

/** The extension type of references to objects; docs/protocol.md has its fields. */
const objectRef = 0x11;

/** Objects that the value refers to that is being packed. Absent while a message is written. */
let inside: Known[] | undefined;

/** Runs `packing`, and gives the objects that it met references to with what it gave. They are held: to be released. */
export function collecting<T>(packing: () => T): { readonly packed: T; readonly inside: readonly Known[] } {
  const outer = inside;
  const met: Known[] = (inside = []);
  try {
    return { packed: packing(), inside: met };
  } catch (error) {
    for (const known of met) known.release();
    throw error;
  } finally {
    inside = outer;
  }
}

/** Lets references travel in every message and object. */
export function registerObjectRefs(travel: Travel): void {
  registerExtension<ObjectRef>({
    type: objectRef,
    prototype: ObjectRef.prototype,
    toWire(ref, to) {
      const known = knownBy(ref);
      if (!inside) return [known.owner, known.id, ...travel.leave(known, to)];
      known.hold();
      inside.push(known);
      return [known.owner, known.id];
    },
    fromWire([owner, id, sender, ticket], context) {
      if (typeof owner !== "string" || !Number.isSafeInteger(id))
        throw new Error("a reference to an object is not [owner, id, sender, ticket]");
      if (sender === undefined) return travel.meet(owner, id as number, context);
      if (typeof sender !== "string" || !Number.isSafeInteger(ticket))
        throw new Error("a reference to an object has no sender, or no ticket of it");
      return travel.arrive(owner, id as number, sender, ticket as number, context);
    },
  });
}
