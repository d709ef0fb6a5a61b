import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import { describeField, type Field, isNumberOf, lengthOf, sameSchema, type Schema } from "./field.js";

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
      const wanted = isBig(column) ? "bigint" : "number";
      if (!isNumberOf(column, value)) return wrong(name, column, `one ${wanted}`, said(value));
      continue;
    }
    const problem = wrongNumbers(value, column, lengthOf(column));
    if (problem !== undefined) return wrong(name, column, `${lengthOf(column)} numbers`, problem);
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
    if (problem === undefined) continue;
    const length = lengthOf(column);
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
  const first = typeof numbers[0];
  return length === 0 || isNumberOf(column, numbers[0]) ? undefined : `those of ${first}`;
}

/** Whether it has an array for each row, as of other libraries. */
function isNested(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === "object";
}

function isBig({ type }: Field): boolean {
  return type === "int64" || type === "uint64";
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
