import { beforeEach, describe, expect, it } from "vitest";

import { Book } from "../src/counters/book.js";
import type { Ledger } from "../src/programs/counters.mjs";

const ledger = (count: number, spans: number[], more: Partial<Ledger> = {}): Ledger => ({
  count,
  again: [],
  lanes: { 1: { base: 0, spans } },
  ...more,
});

describe("a book", () => {
  let book: Book;
  beforeEach(() => {
    book = new Book((lane) => lane === 1);
    for (let asked = 0; asked < 5; asked++) book.ask(1);
    book.fail(1, 4);
  });

  it("is content with all that was acknowledged, and with what failed either way", () => {
    expect(book.check(ledger(5, [1, 5]))).toEqual([]);
    expect(book.check(ledger(4, [1, 3, 5, 5]))).toEqual([]);
  });

  it("misses what was acknowledged", () => {
    expect(book.check(ledger(3, [1, 1, 3, 3, 5, 5]))).toEqual([
      "increment 2 of lane 1 was acknowledged and is lost (with a key)",
    ]);
    expect(book.check(ledger(0, [], { lanes: {} }))).toHaveLength(4);
  });

  it("sees what was counted twice", () => {
    expect(book.check(ledger(6, [1, 5], { again: [[1, 2]] }))).toEqual([
      "increment 2 of lane 1 was counted twice (with a key)",
    ]);
  });

  it("sees what nobody asked for", () => {
    expect(book.check(ledger(6, [1, 6]))).toEqual([
      "increment 6 of lane 1 was counted, and nobody asked for it (with a key)",
    ]);
    expect(
      book.check(
        ledger(6, [1, 5], { lanes: { 1: { base: 0, spans: [1, 5] }, 2: { base: 0, spans: [1, 1] } } }),
      ),
    ).toEqual(["increment 1 of lane 2 was counted, and nobody asked for it (without a key)"]);
  });

  it("sees a sum that is not that of the increments", () => {
    expect(book.check(ledger(6, [1, 5]))).toEqual(["it counts to 6, and has counted 5 increments"]);
  });

  it("tells the first of many, and how many there are", () => {
    for (let asked = 5; asked < 100; asked++) book.ask(1);
    const told = book.check(ledger(0, []));
    expect(told).toHaveLength(6);
    expect(told.at(-1)).toBe("94 more: was acknowledged and is lost (with a key)");
  });

  it("goes on after a check where the counter does", () => {
    expect(book.turnOver(ledger(5, [1, 5]))).toEqual({ 1: 5 });
    const next = book.ask(1);
    expect(next).toBe(6);
    expect(book.check(ledger(6, [6, 6]))).toEqual([]);
    expect(book.check(ledger(5, []))).toEqual([
      "increment 6 of lane 1 was acknowledged and is lost (with a key)",
    ]);
  });
});
