import fc from "fast-check";
import { expect, it } from "vitest";

import { NumberedTable } from "../src/node/numbered-table.js";

it("holds each thing under a number of its own until it is taken, however many there are", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant("add" as const), fc.nat()), { maxLength: 500 }), (steps) => {
      const table = new NumberedTable<{ readonly id: number }>();
      const model = new Map<number, { readonly id: number }>();
      let last = 0;
      for (const step of steps) {
        if (step === "add") {
          const item = { id: table.nextId() };
          expect(item.id).toBeGreaterThan(last);
          last = item.id;
          table.add(item);
          model.set(item.id, item);
        } else {
          const id = (step % (last + 2)) + 1;
          expect(table.take(id)).toBe(model.get(id));
          model.delete(id);
        }
        expect(table.size).toBe(model.size);
      }
      expect(new Set(table.values())).toEqual(new Set(model.values()));
    }),
  );
});
