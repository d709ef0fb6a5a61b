import { longRow } from "../memory/long-row.js";
import type { Memory, Numbers } from "../memory/memory.js";
import { areNumbersOf, type Field, isNumberOf } from "./field.js";
import { wrongColumns, wrongRow } from "./wrong-data.js";

/** Checks what is to be written, and puts it into claimed rows. */
export class Rows {
  readonly #memory: Memory;
  readonly #fields: readonly Field[];

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#fields = memory.names.map((name) => memory.definition.schema[name]!);
  }

  /** @throws ERR_SCHEMA saying which column is wrong, and what was expected. */
  check(row: Readonly<Record<string, unknown>>): void {
    const { names, lengths } = this.#memory;
    let right = typeof row === "object" && row !== null;
    for (let i = 0; right && i < names.length; i++) {
      const value = row[names[i]!];
      const column = this.#fields[i]!;
      right =
        column.shape.length === 0 ? isNumberOf(column, value) : areNumbersOf(column, value, lengths[i]!);
    }
    if (!right || count(row) !== names.length) throw wrongRow(this.#memory.definition.schema, row);
  }

  /** The number of rows. @throws ERR_SCHEMA saying which column is wrong, and what was expected. */
  checkColumns(columns: Readonly<Record<string, unknown>>): number {
    const { names, lengths } = this.#memory;
    const first = columns?.[names[0]!] as ArrayLike<unknown> | undefined;
    const rows = Math.floor((first?.length ?? 0) / lengths[0]!);
    let right = first !== undefined;
    for (let i = 0; right && i < names.length; i++)
      right = areNumbersOf(this.#fields[i]!, columns[names[i]!], rows * lengths[i]!);
    if (!right || count(columns) !== names.length)
      throw wrongColumns(this.#memory.definition.schema, columns, rows);
    return rows;
  }

  /** Puts one row. */
  put(row: Readonly<Record<string, unknown>>, slot: number): void {
    const { names, lengths, arrays } = this.#memory;
    for (let i = 0; i < names.length; i++) {
      const value = row[names[i]!];
      const numbers = arrays[i]!;
      const length = lengths[i]!;
      if (typeof value !== "object") {
        numbers[slot * length] = value as number;
      } else if (length < longRow) {
        const from = value as Numbers;
        const at = slot * length;
        for (let j = 0; j < length; j++) numbers[at + j] = from[j]!;
      } else {
        numbers.set(value as Numbers, slot * length);
      }
    }
  }

  /** Puts rows, by the runs in which they stand beside each other. */
  putColumns(columns: Readonly<Record<string, unknown>>, slots: Int32Array, count: number): void {
    const { names, lengths, arrays } = this.#memory;
    for (let from = 0; from < count;) {
      let to = from + 1;
      while (to < count && slots[to] === slots[to - 1]! + 1) to++;
      for (let i = 0; i < names.length; i++) {
        const length = lengths[i]!;
        const numbers = columns[names[i]!] as Numbers;
        arrays[i]!.set(part(numbers, from * length, to * length), slots[from]! * length);
      }
      from = to;
    }
  }
}

function count(row: object): number {
  let own = 0;
  for (const _name in row) own++;
  return own;
}

function part(numbers: Numbers | number[], from: number, to: number): ArrayLike<number> {
  if (from === 0 && to === numbers.length) return numbers;
  return ArrayBuffer.isView(numbers)
    ? numbers.subarray(from, to)
    : Array.prototype.slice.call(numbers, from, to);
}
