import { expect, it } from "vitest";

import { RowBook } from "../src/learning/row-book.js";

it("rows that were acknowledged must come, and none twice; those that were not may come", () => {
  const book = new RowBook();
  expect([book.ask(3), book.ask(2), book.ask(2)]).toEqual([0, 3, 5]);
  book.acknowledge(0, 3);
  book.acknowledge(5, 2);
  for (const number of [0, 1, 1, 3, 5, 6, 7]) book.see(number);
  expect(book.close()).toEqual([
    "row 1 came twice",
    "row 7 came, which nobody wrote",
    "row 2, which was acknowledged, never came",
  ]);
  expect(book.ask(1)).toBe(7);
  book.acknowledge(7, 1);
  book.see(7);
  expect(book.close()).toEqual([]);
});
