import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import type { Known } from "../table/known.js";

declare const valueOf: unique symbol;

/** On each reference: what its process knows of the object. In the registry of symbols, for other copies of this package. */
const knownOf = Symbol.for("troupe.object");

/** References that were not released by hand, by what they hold. */
const collected = new FinalizationRegistry<Known>((known) => known.release());

/**
 * A reference to an object: a value that was put, or is to come from a task or a call. It may travel in any message.
 * The object is there for as long as anybody refers to it: until each reference was released, or collected.
 *
 * Not thenable: `await get(ref)` gives its value.
 */
export class ObjectRef<T = unknown> implements Disposable {
  declare readonly [valueOf]: T;
  [knownOf]: Known | undefined;

  /** @internal */
  constructor(known: Known) {
    known.hold();
    this[knownOf] = known;
    collected.register(this, known, this);
  }

  /** Names the object: its owner, and its number there. */
  get id(): string {
    const known = this[knownOf];
    return known ? `${known.owner}/${known.id}` : "released";
  }

  /** This reference is of no use any more. Views of the object's memory stay as they are. Idempotent. */
  release(): void {
    const known = this[knownOf];
    if (!known) return;
    this[knownOf] = undefined;
    collected.unregister(this);
    known.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [inspect.custom](): string {
    const { state } = this[knownOf] ?? { state: "released" };
    return `ObjectRef(${this[knownOf] ? `${this.id}, ` : ""}${state})`;
  }
}

export function isObjectRef(value: unknown): value is ObjectRef {
  return typeof value === "object" && value !== null && knownOf in value;
}

/**
 * What this process knows of a reference's object.
 *
 * @throws ERR_CONFIG for anything but a reference, ERR_OBJECT_LOST for one that was released.
 */
export function knownBy(ref: unknown): Known {
  if (!isObjectRef(ref)) {
    throw new TroupeError("ERR_CONFIG", `An ObjectRef was expected, not ${inspect(ref, { depth: 0 })}.`);
  }
  const known = ref[knownOf];
  if (known) return known;
  throw new TroupeError(
    "ERR_OBJECT_LOST",
    "This ObjectRef was released; keep it for as long as it is needed.",
  );
}
