import fc from "fast-check";
import { expect, it } from "vitest";

import { NumberedTable } from "../src/node/numbered-table.js";

/** Also where numbers outgrow 31 and 32 bits. */
const begin = fc.constantFrom(0, 2 ** 30, 2 ** 31 - 20, 2 ** 32 - 20);

it("holds each thing under a number of its own until it is taken, however many there are", () => {
  fc.assert(
    fc.property(
      begin,
      fc.array(fc.oneof(fc.constant("add" as const), fc.nat()), { maxLength: 500 }),
      (first, steps) => {
        const table = new NumberedTable<{ readonly id: number }>(first);
        const model = new Map<number, { readonly id: number }>();
        let last = first;
        for (const step of steps) {
          if (step === "add") {
            const item = { id: table.nextId() };
            expect(item.id).toBeGreaterThan(last);
            last = item.id;
            table.add(item);
            model.set(item.id, item);
          } else {
            const id = first + (step % (last - first + 2)) + 1;
            expect(table.take(id)).toBe(model.get(id));
            model.delete(id);
          }
          expect(table.size).toBe(model.size);
        }
        expect(new Set(table.values())).toEqual(new Set(model.values()));
      },
    ),
  );
});
