import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";
import { elementArrays } from "@troupe/shm";

import {
  describeField,
  type Field,
  isBig,
  isFloat,
  isNumberOf,
  lengthOf,
  sameSchema,
  type Schema,
} from "./field.js";

/** @throws ERR_SCHEMA when a buffer, or a file, has other columns than are expected. */
export function checkSchema(what: string, found: Schema, expected: Schema): void {
  if (sameSchema(found, expected)) return;
  const said = (schema: Schema) =>
    Object.entries(schema)
      .map(([name, column]) => `${name}: ${describeField(column)}`)
      .join(", ");
  throw new TroupeError(
    "ERR_SCHEMA",
    `${what} has other columns than expected: { ${said(found)} }, not { ${said(expected)} }.`,
    { details: { found, expected } },
  );
}

/** What is wrong with a row that was refused: the first column that is missing, too many, or of another shape. */
export function wrongRow(schema: Schema, row: unknown): TroupeError {
  const values = record(row, "A row");
  for (const [name, column] of Object.entries(schema)) {
    const value = values[name];
    if (value === undefined) return missing(name, column);
    if (column.shape.length === 0) {
      if (isNumberOf(column, value)) continue;
      return isKind(column, value)
        ? outside(name, column, value)
        : wrong(name, column, `one ${kindOf(column)}`, said(value));
    }
    const problem = wrongNumbers(value, column, lengthOf(column));
    if (problem !== undefined) return wrong(name, column, `${lengthOf(column)} numbers`, problem);
    const at = firstOutside(column, value as ArrayLike<unknown>);
    if (at >= 0) return outside(name, column, (value as ArrayLike<unknown>)[at]);
  }
  return unknown(schema, values);
}

/** What is wrong with columns that were refused, of so many rows as the first one says. */
export function wrongColumns(schema: Schema, columns: unknown, rows: number): TroupeError {
  const values = record(columns, "Columns");
  for (const [name, column] of Object.entries(schema)) {
    const value = values[name];
    if (value === undefined) return missing(name, column);
    const problem = wrongNumbers(value, column, rows * lengthOf(column));
    const length = lengthOf(column);
    if (problem === undefined) {
      const at = firstOutside(column, value as ArrayLike<unknown>);
      if (at < 0) continue;
      return outside(name, column, (value as ArrayLike<unknown>)[at], Math.floor(at / length));
    }
    if (isNested(value))
      return wrong(name, column, `the numbers of all rows in one array, ${length} for each`, "arrays in it");
    const expected =
      rows === 0 ? `${length} numbers for each row` : `${rows * length} numbers for ${rows} rows`;
    return wrong(name, column, expected, problem);
  }
  return unknown(schema, values);
}

function record(values: unknown, what: string): Record<string, unknown> {
  if (typeof values === "object" && values !== null) return values as Record<string, unknown>;
  throw new TroupeError(
    "ERR_SCHEMA",
    `${what}: an object with a value for each column, not ${said(values)}.`,
  );
}

function wrongNumbers(value: unknown, column: Field, length: number): string | undefined {
  if (
    typeof value !== "object" ||
    value === null ||
    typeof (value as ArrayLike<unknown>).length !== "number"
  ) {
    return said(value);
  }
  const numbers = value as ArrayLike<unknown>;
  if (numbers.length !== length) return `${numbers.length}`;
  return length === 0 || isKind(column, numbers[0]) ? undefined : `those of ${typeof numbers[0]}`;
}

/** Whether it has an array for each row, as of other libraries. */
function isNested(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === "object";
}

function kindOf(column: Field): "bigint" | "number" {
  return isBig(column) ? "bigint" : "number";
}

/** Whether it is of the kind that the column takes, though it may be one that it cannot hold. */
function isKind(column: Field, value: unknown): boolean {
  return typeof value === kindOf(column) || isNumberOf(column, value);
}

/** The first that a column of integers cannot hold; -1 for none, and of floats. */
function firstOutside(column: Field, values: ArrayLike<unknown>): number {
  if (isFloat(column)) return -1;
  return Array.prototype.findIndex.call(values, (value) => !isNumberOf(column, value));
}

/** @param row Of a batch, from 0. */
function outside(name: string, column: Field, value: unknown, row?: number): TroupeError {
  const bits = 8 * elementArrays[column.type].BYTES_PER_ELEMENT;
  const [least, most] = column.type.startsWith("u")
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  const numbers = isBig(column) ? "bigints" : "whole numbers";
  const place = row === undefined ? "" : ` in row ${row}`;
  return new TroupeError(
    "ERR_SCHEMA",
    `The column ${name}, ${describeField(column)}, takes ${numbers} from ${least} to ${most}, not ${said(value)}${place}.`,
    {
      details: {
        column: name,
        expected: describeField(column),
        value,
        ...(row === undefined ? {} : { row }),
      },
    },
  );
}

function missing(name: string, column: Field): TroupeError {
  return new TroupeError("ERR_SCHEMA", `The column ${name}, ${describeField(column)}, is missing.`, {
    details: { column: name, expected: describeField(column) },
  });
}

function wrong(name: string, column: Field, expected: string, found: string): TroupeError {
  return new TroupeError(
    "ERR_SCHEMA",
    `The column ${name}, ${describeField(column)}, takes ${expected}, not ${found}.`,
    { details: { column: name, expected: describeField(column) } },
  );
}

function unknown(schema: Schema, values: Record<string, unknown>): TroupeError {
  const extra = Object.keys(values).find((name) => !Object.hasOwn(schema, name)) ?? "?";
  return new TroupeError(
    "ERR_SCHEMA",
    `There is no column ${extra}; the buffer has ${Object.keys(schema).join(", ")}.`,
    { details: { column: extra } },
  );
}

function said(value: unknown): string {
  return inspect(value, { depth: 0 }).slice(0, 60);
}
