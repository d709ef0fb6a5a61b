import { TroupeError } from "@troupe/core";

import { elementArrays, type ElementType } from "./element-type.js";

/** One number, or so many of them. */
export type Field = ElementType | readonly [type: ElementType, length: number];

type ElementOf<F extends Field> = F extends ElementType ? F : F[0];

/** A typed array for each field; a single number is an array of one. */
export type Views<Fields extends Readonly<Record<string, Field>>> = {
  readonly [Name in keyof Fields]: InstanceType<(typeof elementArrays)[ElementOf<Fields[Name]>]>;
};

/** Fields at fixed places of a piece of memory; made by {@link layout}. */
export interface Layout<Fields extends Readonly<Record<string, Field>>> {
  /** Bytes of one; pieces may stand one after the other. */
  readonly byteLength: number;
  /** Bytes from the start, for each field. */
  readonly offsets: { readonly [Name in keyof Fields]: number };
  /**
   * The fields of the piece at `offset`, a multiple of the layout's alignment.
   *
   * @throws RangeError when the piece is not within the buffer or not aligned.
   */
  of(buffer: ArrayBuffer, offset?: number): Views<Fields>;
}

/** How {@link layout} places fields. */
export interface LayoutOptions {
  /**
   * Bytes, a power of two: each field begins at a multiple of it. By default fields stand as close as their
   * elements allow; 64 gives each its own lines of the cache, so that processes that write to different fields
   * do not slow each other down.
   */
  readonly align?: number;
}

/**
 * Places fields in memory that processes share, in the order given.
 *
 * ```ts
 * const queue = layout({ head: "int32", stamp: "float64", rows: ["float32", 128] });
 * const segment = Segment.create("queue", queue.byteLength);
 * const { head, rows } = queue.of(segment.buffer); // Int32Array of 1, Float32Array of 128
 * Atomics.add(head, 0, 1);
 * ```
 *
 * @throws ERR_CONFIG for a length or an alignment that is none.
 */
export function layout<const Fields extends Readonly<Record<string, Field>>>(
  fields: Fields,
  { align = 1 }: LayoutOptions = {},
): Layout<Fields> {
  if (!Number.isInteger(Math.log2(align))) {
    throw new TroupeError("ERR_CONFIG", `An alignment is a power of two, which ${align} is not.`);
  }
  const places: [name: string, type: ElementType, length: number, offset: number][] = [];
  let end = 0;
  let widest = align;
  for (const [name, field] of Object.entries(fields)) {
    const [type, length] = typeof field === "string" ? ([field, 1] as const) : field;
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new TroupeError("ERR_CONFIG", `The length of ${name} is a whole number, not ${length}.`);
    }
    const bytes = elementArrays[type].BYTES_PER_ELEMENT;
    const offset = roundUp(end, Math.max(align, bytes));
    places.push([name, type, length, offset]);
    end = offset + length * bytes;
    widest = Math.max(widest, bytes);
  }
  return {
    byteLength: roundUp(end, widest),
    offsets: Object.fromEntries(
      places.map(([name, , , offset]) => [name, offset]),
    ) as Layout<Fields>["offsets"],
    of: (buffer, start = 0) =>
      Object.fromEntries(
        places.map(([name, type, length, offset]) => [
          name,
          new elementArrays[type](buffer, start + offset, length),
        ]),
      ) as Views<Fields>,
  };
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
