import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import type { Known } from "../table/known.js";

declare const valueOf: unique symbol;

/** On each reference: its {@link Hold}. In the registry of symbols, for other copies of this package. */
const holdOf = Symbol.for("troupe.object");

const madeKey = Symbol.for("troupe.objects.made");

/** Whether this process has ever had a reference: one that has not need not look for them. One for all copies, as above. */
const made = ((globalThis as { [madeKey]?: { any: boolean } })[madeKey] ??= { any: false });

/** What a reference holds, until it is released or collected. */
class Hold {
  constructor(public known: Known | undefined) {
    known?.hold();
  }

  release(): void {
    const { known } = this;
    this.known = undefined;
    known?.release();
  }
}

/** Without a token to unregister by, which would cost more than all else of a reference: what was released holds nothing. */
const collected = new FinalizationRegistry<Hold>((hold) => hold.release());

/**
 * A reference to an object: a value that was put, or is to come from a task or a call. It may travel in any message.
 * The object is there for as long as anybody refers to it: until each reference was released, or collected.
 *
 * Not thenable: `await get(ref)` gives its value.
 */
export class ObjectRef<T = unknown> implements Disposable {
  declare readonly [valueOf]: T;
  readonly [holdOf]: Hold;

  /** @internal */
  constructor(known: Known) {
    made.any = true;
    this[holdOf] = new Hold(known);
    collected.register(this, this[holdOf]);
  }

  /** Names the object: its owner, and its number there. */
  get id(): string {
    const { known } = this[holdOf];
    return known ? `${known.owner}/${known.id}` : "released";
  }

  /** This reference is of no use any more. Views of the object's memory stay as they are. Idempotent. */
  release(): void {
    this[holdOf].release();
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [inspect.custom](): string {
    const { known } = this[holdOf];
    return `ObjectRef(${known ? `${this.id}, ${known.state}` : "released"})`;
  }
}

export function isObjectRef(value: unknown): value is ObjectRef {
  return typeof value === "object" && value !== null && holdOf in value;
}

/** Whether this process has ever had a reference to an object; where none was, nothing has to be looked at for one. */
export function mayHaveObjectRefs(): boolean {
  return made.any;
}

/** Whether there is nothing to be had by it any more. */
export function isReleased(ref: ObjectRef): boolean {
  return ref[holdOf].known === undefined;
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
  const { known } = ref[holdOf];
  if (known) return known;
  throw new TroupeError(
    "ERR_OBJECT_LOST",
    "This ObjectRef was released; keep it for as long as it is needed.",
  );
}
