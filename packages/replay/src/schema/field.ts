import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";
import { elementArrays, type ElementType } from "@troupe/shm";

/** What each row has in a column: numbers of one type, in a shape; `[]` is a single number. */
export interface Field<
  T extends ElementType = ElementType,
  Shape extends readonly number[] = readonly number[],
> {
  readonly type: T;
  readonly shape: Shape;
}

/** The columns of a buffer, by name. */
export type Schema = Readonly<Record<string, Field>>;

/** The typed array of a column. */
export type ArrayOf<F extends Field> = InstanceType<(typeof elementArrays)[F["type"]]>;

type NumberOf<F extends Field> = NumberOfType<F["type"]>;

/** What is written to a column of a type, or of any of several: `true` and `false` are 1 and 0 of a `uint8`. */
type NumberOfType<T extends ElementType> = T extends "int64" | "uint64"
  ? bigint
  : T extends "uint8"
    ? number | boolean
    : number;

/** One row: a number where the shape is `[]`, else the numbers of the shape one after the other. */
export type Row<S extends Schema> = {
  readonly [Name in keyof S]: S[Name]["shape"] extends readonly []
    ? NumberOf<S[Name]>
    : number extends S[Name]["shape"]["length"]
      ? NumberOf<S[Name]> | ArrayLike<NumberOf<S[Name]>>
      : ArrayLike<NumberOf<S[Name]>>;
};

/** Many rows: for each column the numbers of the rows one after the other. */
export type Columns<S extends Schema> = { readonly [Name in keyof S]: ArrayOf<S[Name]> };

/** Many rows to be written; plain elementArrays of numbers will do. */
export type ColumnsToWrite<S extends Schema> = {
  readonly [Name in keyof S]: ArrayLike<NumberOf<S[Name]>>;
};

/**
 * A column of a replay buffer.
 *
 * ```ts
 * const schema = { obs: field("float32", [84, 84, 4]), action: field("int32") };
 * ```
 *
 * @param shape Of one row; a single number by default.
 * @throws ERR_CONFIG for a type or a shape that is none.
 */
export function field<T extends ElementType, const Shape extends readonly number[] = readonly []>(
  type: T,
  shape: Shape = [] as unknown as Shape,
): Field<T, Shape> {
  if (!Object.hasOwn(elementArrays, type)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A column's type is one of ${Object.keys(elementArrays).join(", ")}, not ${inspect(type)}.`,
    );
  }
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new TroupeError(
      "ERR_CONFIG",
      `A column's shape is an array of whole numbers above 0, not ${JSON.stringify(shape)}.`,
    );
  }
  return { type, shape };
}

/**
 * Whether a column can hold a value as it is: those of 64 bits take bigints, integers whole numbers in their range, floats
 * any number, and `uint8` booleans, too.
 */
export function isNumberOf({ type }: Field, value: unknown): boolean {
  if (typeof value === "number") {
    switch (type) {
      case "float32":
      case "float64":
        return true;
      case "int32":
        return value === (value | 0);
      case "uint8":
        return value === (value & 0xff);
      case "uint32":
        return value === value >>> 0;
      case "int8":
        return value === (value << 24) >> 24;
      case "int16":
        return value === (value << 16) >> 16;
      case "uint16":
        return value === (value & 0xffff);
      default:
        return false;
    }
  }
  if (typeof value === "bigint") {
    if (type === "int64") return value === BigInt.asIntN(64, value);
    return type === "uint64" && value === BigInt.asUintN(64, value);
  }
  return type === "uint8" && typeof value === "boolean";
}

/** As many of them, each as {@link isNumberOf}; of floats the first is looked at alone, as typed arrays convert others. */
export function areNumbersOf(column: Field, values: unknown, length: number): boolean {
  if (typeof values !== "object" || values === null) return false;
  const numbers = values as ArrayLike<unknown>;
  if (numbers.length !== length) return false;
  if (isFloat(column)) return length === 0 || isNumberOf(column, numbers[0]);
  if (numbers instanceof elementArrays[column.type]) return true;
  for (let i = 0; i < length; i++) if (!isNumberOf(column, numbers[i])) return false;
  return true;
}

export function isFloat({ type }: Field): boolean {
  return type === "float32" || type === "float64";
}

/** Whether its numbers are bigints. */
export function isBig({ type }: Field): boolean {
  return type === "int64" || type === "uint64";
}

/** Numbers of one row. */
export function lengthOf({ shape }: Field): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of one row. */
export function byteLengthOf(column: Field): number {
  return lengthOf(column) * elementArrays[column.type].BYTES_PER_ELEMENT;
}

/** `float32 [84, 84, 4]`, for messages. */
export function describeField({ type, shape }: Field): string {
  return shape.length === 0 ? type : `${type} [${shape.join(", ")}]`;
}

/** Whether two schemas have the same columns in the same shapes; their order is of no matter. */
export function sameSchema(one: Schema, other: Schema): boolean {
  return canonical(one) === canonical(other);
}

function canonical(schema: Schema): string {
  return JSON.stringify(
    Object.keys(schema)
      .sort()
      .map((name) => [name, schema[name]!.type, schema[name]!.shape]),
  );
}
