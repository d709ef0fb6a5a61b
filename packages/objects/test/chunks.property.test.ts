import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Chunks } from "../src/transfer/chunks.js";
import { Filling } from "../src/transfer/filling.js";
import { ancestors } from "../src/transfer/tree.js";
import { pattern } from "./support/exchanges.js";

const lengths = fc.oneof(fc.integer({ min: 0, max: 4096 }), fc.maxSafeNat());
const sizes = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 2 ** 26 }));

describe("chunks", () => {
  it("lie side by side from the first byte to the last, none of them empty", () => {
    fc.assert(
      fc.property(lengths, sizes, fc.nat(), (byteLength, size, pick) => {
        const chunks = new Chunks(byteLength, size);
        if (chunks.count === 0) {
          expect(byteLength).toBe(0);
          return;
        }
        const last = chunks.count - 1;
        for (const index of [0, pick % chunks.count, last]) {
          const end = chunks.offset(index) + chunks.length(index);
          expect(chunks.length(index)).toBeGreaterThan(0);
          expect(chunks.length(index)).toBeLessThanOrEqual(size);
          expect(end).toBe(index === last ? byteLength : chunks.offset(index + 1));
        }
        expect(chunks.offset(0)).toBe(0);
      }),
    );
  });

  it("that cover a range are those that have a byte of it", () => {
    const ranges = fc
      .tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 70 }))
      .chain(([byteLength, size]) =>
        fc
          .tuple(fc.constant(byteLength), fc.constant(size), fc.nat(byteLength - 1))
          .chain((given) => fc.tuple(fc.constant(given), fc.integer({ min: 1, max: byteLength - given[2] }))),
      );
    fc.assert(
      fc.property(ranges, ([[byteLength, size, offset], length]) => {
        const chunks = new Chunks(byteLength, size);
        const { first, end } = chunks.covering(offset, length);
        const having = Array.from({ length: chunks.count }, (_, index) => index).filter(
          (index) =>
            chunks.offset(index) < offset + length && chunks.offset(index) + chunks.length(index) > offset,
        );
        expect([first, end]).toEqual([having[0], having.at(-1)! + 1]);
      }),
    );
  });

  it("are not cut of what is no number of bytes", () => {
    for (const [byteLength, size] of [
      [-1, 1],
      [1, 0],
      [1.5, 1],
      [1, NaN],
      [2 ** 53, 1],
    ] as const)
      expect(() => new Chunks(byteLength, size)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });
});

describe("an object that comes in chunks", () => {
  it("is whole and right in whatever order they come, and a range waits for its own chunks alone", async () => {
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 40 }))
      .chain(([byteLength, size]) => {
        const { count } = new Chunks(byteLength, size);
        const order = fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index),
          { minLength: count },
        );
        const offset = fc.nat(byteLength - 1);
        return fc.tuple(fc.constant(byteLength), fc.constant(size), order, offset, fc.nat(byteLength));
      });
    await fc.assert(
      fc.asyncProperty(cases, async ([byteLength, size, order, offset, reach]) => {
        const chunks = new Chunks(byteLength, size);
        const object = pattern(byteLength);
        const filling = new Filling(new Uint8Array(byteLength), chunks);
        const length = Math.max(1, Math.min(reach, byteLength - offset));
        const { first, end } = chunks.covering(offset, length);
        const awaited = new Set(order.filter((index) => index >= first && index < end));
        let isThere = false;
        const range = Promise.resolve(filling.range(offset, length)).then((bytes) => {
          isThere = true;
          return bytes;
        });
        for (const index of order) {
          expect(isThere).toBe(awaited.size === 0);
          const at = chunks.offset(index);
          filling.accept(index, object.subarray(at, at + chunks.length(index)));
          // Twice changes nothing.
          filling.accept(index, new Uint8Array(chunks.length(index)));
          awaited.delete(index);
          if (awaited.size === 0) expect(await range).toEqual(object.subarray(offset, offset + length));
        }
        expect(filling.left).toBe(0);
        expect([...filling.missing()]).toEqual([]);
        expect(filling.bytes).toEqual(object);
      }),
    );
  });

  it("that will not come fails those who wait, and those who ask later", async () => {
    const filling = new Filling(new Uint8Array(8), new Chunks(8, 4));
    filling.accept(0, pattern(4));
    const waiting = Promise.resolve(filling.range(2, 4));
    filling.fail(new Error("no more"));
    await expect(waiting).rejects.toThrow("no more");
    expect(() => filling.range(0, 4)).toThrow("no more");
  });
});

describe("the tree of a broadcast", () => {
  it("feeds each host from one before it, none more than fanout, and is no deeper than it must be", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 9 }), (hosts, fanout) => {
        const fed = new Map<number, number>();
        const full = (depth: number): number => (depth === 0 ? 0 : full(depth - 1) + fanout ** depth);
        for (let place = 1; place <= hosts; place++) {
          const above = ancestors(place, fanout);
          expect(above[0]).toBeLessThan(place);
          expect(above.at(-1)).toBe(0);
          expect(above.slice(1)).toEqual(ancestors(above[0]!, fanout));
          // A tree of one level less is full before this place.
          expect(place).toBeGreaterThan(full(above.length - 1));
          fed.set(above[0]!, (fed.get(above[0]!) ?? 0) + 1);
        }
        for (const count of fed.values()) expect(count).toBeLessThanOrEqual(fanout);
      }),
    );
  });
});
