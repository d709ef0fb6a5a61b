import { TroupeError } from "../errors/troupe-error.js";
import { Ext } from "./format.js";

/** Where a message goes. */
export interface Destination {
  /** The receiver's name there. */
  readonly peer: string;
  /** What carries it: what the reader of its answers is told of where they came from. */
  readonly transport: unknown;
}

/**
 * How objects of a class outside this package travel: as an array of plain values under an extension type
 * of their own.
 */
export interface Extension<T extends object = object> {
  /** MessagePack extension type, 0 to 127; docs/protocol.md lists those that are taken. */
  readonly type: number;
  /** The prototype of the objects that travel so; that very one, not one that inherits from it. */
  readonly prototype: object;
  /**
   * The object as plain values. May throw; the message that the object is in is not sent then. ERR_OBJECT_LOST is what
   * the sender gets; all else is the cause of ERR_NOT_SERIALIZABLE.
   *
   * @param to Where the message goes that it is in; `undefined` for bytes that are stored.
   */
  toWire(value: T, to: Destination | undefined): readonly unknown[];
  /**
   * The object again, of values that came from anywhere: check them, and throw for what cannot be.
   *
   * @param context What the reader was told of where the bytes came from; `undefined` for stored bytes.
   */
  fromWire(fields: readonly unknown[], context: unknown): T;
}

const byPrototype = new Map<object, Extension>();
const byType = new Map<number, Extension>();

/**
 * Lets objects with a prototype travel in every message and stored value of this process. Registering the
 * same type again replaces it.
 *
 * @throws ERR_CONFIG for a type that the codec itself uses, or that is none.
 */
export function registerExtension<T extends object>(extension: Extension<T>): void {
  const { type, prototype } = extension;
  const taken = Object.values<number>(Ext).includes(type);
  if (taken || !Number.isInteger(type) || type < 0 || type > 127)
    throw new TroupeError("ERR_CONFIG", `Extension type ${type} is ${taken ? "taken" : "not 0 to 127"}.`);
  byType.set(type, extension);
  byPrototype.set(prototype, extension);
}

/** How this value travels, `undefined` when nobody registered its class. */
export function extensionOf(value: object): Extension | undefined {
  return byPrototype.get(Object.getPrototypeOf(value) as object);
}

/** What reads values of an extension type. */
export function extensionFor(type: number): Extension | undefined {
  return byType.get(type);
}
