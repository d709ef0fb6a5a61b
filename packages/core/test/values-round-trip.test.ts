import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decode, encode } from "../src/index.js";
import { arrayKinds, structured } from "./support/values.js";

const there = (value: unknown) => decode(encode(value));

describe("a structured value comes back as it was", () => {
  it("whatever it is made of", () => {
    fc.assert(
      fc.property(structured, (value) => {
        const back = there(value);
        expect(back).toStrictEqual(value);
        // The same value has the same bytes again: nothing was lost that the comparison does not see.
        expect(encode(back).equals(encode(value))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("wherever the bytes stand in their buffer", () => {
    fc.assert(
      fc.property(structured, fc.nat(9), (value, offset) => {
        const bytes = encode(value);
        const moved = new Uint8Array(bytes.length + offset).subarray(offset);
        moved.set(bytes);
        expect(decode(moved)).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("when it follows another in the same buffer, which stays as it was", () => {
    fc.assert(
      fc.property(fc.array(structured, { maxLength: 8 }), (values) => {
        const encoded = values.map((value) => encode(value));
        const copies = encoded.map((bytes) => Buffer.from(bytes));
        for (const value of values) encode(value);
        expect(encoded).toStrictEqual(copies);
      }),
      { numRuns: 200 },
    );
  });
});

describe("numbers", () => {
  const edges = [0, 1, 31, 32, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2 ** 31, 2 ** 32, 2 ** 53];
  const around = edges.flatMap((edge) => [edge - 1, edge, edge + 1, -edge - 1, -edge, -edge + 1]);

  it.each(around)("%d stays itself", (number) => {
    expect(there(number)).toBe(number);
  });

  it.each([-0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_VALUE, Number.EPSILON, 0.1])(
    "%d stays itself",
    (number) => {
      expect(there(number)).toBe(number);
    },
  );

  it("keeps a number a number and a BigInt a BigInt, also where they are equal", () => {
    expect(there([5, 5n, 2 ** 40, 2n ** 40n])).toStrictEqual([5, 5n, 2 ** 40, 2n ** 40n]);
  });

  it.each([63n, 64n, 65n, 1000n, 100_000n])("carries BigInts around 2^%d, of both signs", (power) => {
    for (const value of [2n ** power - 1n, 2n ** power, 2n ** power + 1n]) {
      expect(there(value)).toBe(value);
      expect(there(-value)).toBe(-value);
    }
  });
});

describe("text", () => {
  const lengths = [0, 1, 15, 16, 17, 23, 24, 25, 31, 32, 47, 48, 49, 85, 86, 127, 128, 255, 256, 257];
  const long = [21_845, 21_846, 65_535, 65_536, 65_537, 300_000];

  it.each([...lengths, ...long])("of %d characters comes back, of one to four bytes each", (length) => {
    for (const character of ["a", "\u007f", "\u0080", "é", "߿", "ࠀ", "漢", "\uffff", "🎭"]) {
      const text = character.repeat(length);
      expect(there(text) === text).toBe(true);
      if (length === 0) continue;
      const mixed = [`${"a".repeat(length - 1)}${character}`, `${character}${"a".repeat(length - 1)}`];
      for (const text of mixed) expect(there(text) === text).toBe(true);
      expect(there({ [mixed[0] as string]: 1 })).toStrictEqual({ [mixed[0] as string]: 1 });
    }
  });

  it("keeps a byte order mark, zeros and line ends", () => {
    expect(there("\ufeffa\0b\r\n")).toBe("\ufeffa\0b\r\n");
  });

  it("turns half of a surrogate pair into U+FFFD, as UTF-8 cannot hold it", () => {
    const filler = "x".repeat(60);
    expect(there("\ud83c")).toBe("\ufffd");
    expect(there("a\udfadb")).toBe("a\ufffdb");
    expect(there(`${filler}\ud83c${filler}`)).toBe(`${filler}\ufffd${filler}`);
    expect(there(`${filler}\udfad`)).toBe(`${filler}\ufffd`);
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 80 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(there(text)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  it("reads short text right after other text of the same hash or length", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 4 }), { maxLength: 200 }), (texts) => {
        expect(there(texts)).toStrictEqual(texts);
      }),
    );
  });
});

describe("objects", () => {
  it("keep undefined members, which is not the same as absent ones", () => {
    expect(there({ a: undefined, b: [undefined] })).toStrictEqual({ a: undefined, b: [undefined] });
  });

  it("take a __proto__ key as data, never as a prototype", () => {
    const value = JSON.parse(`{"__proto__":{"admin":true},"a":1}`) as Record<string, unknown>;
    const back = there(value) as Record<string, unknown>;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.keys(back)).toEqual(["__proto__", "a"]);
    expect(back["admin"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("without a prototype come back as plain ones", () => {
    expect(there(Object.assign(Object.create(null) as object, { a: 1 }))).toStrictEqual({ a: 1 });
  });

  it("lose symbol keys and properties that are not enumerable", () => {
    const value = Object.defineProperty({ kept: 1, [Symbol("lost")]: 2 }, "hidden", { value: 3 });
    expect(there(value)).toStrictEqual({ kept: 1 });
  });

  it("met twice come back as two", () => {
    const shared = { n: 1 };
    const [first, second] = there([shared, shared]) as object[];
    expect(first).toStrictEqual(second);
    expect(first).not.toBe(second);
  });

  it.each([0, 15, 16, 65_535, 65_536])("of %d members come back, as do arrays, Maps and Sets", (count) => {
    const keys = Array.from({ length: count }, (_, index) => `k${index}`);
    const same = (value: unknown) => expect(encode(there(value)).equals(encode(value))).toBe(true);
    same(Object.fromEntries(keys.map((key) => [key, 1])));
    same(keys);
    same(new Map(keys.map((key) => [key, 1])));
    same(new Set(keys));
  });

  it("with holes in an array come back with undefined there", () => {
    // eslint-disable-next-line no-sparse-arrays -- the hole is what is tested
    expect(there([1, , 3])).toStrictEqual([1, undefined, 3]);
  });

  it("keep the order of their keys, entries and items", () => {
    const value = { b: 1, a: 2, map: new Map([["z", 1], ["y", 2]]), set: new Set([3, 1, 2]) }; // prettier-ignore
    const back = there(value) as typeof value;
    expect(Object.keys(back)).toEqual(["b", "a", "map", "set"]);
    expect([...back.map.keys()]).toEqual(["z", "y"]);
    expect([...back.set]).toEqual([3, 1, 2]);
  });
});

describe("dates", () => {
  it.each([
    ["before 1970", "1901-12-13T20:45:51.001Z"],
    ["just before 1970", "1969-12-31T23:59:59.999Z"],
    ["at a whole second", "2024-02-29T12:00:00.000Z"],
    ["past 32 bits of seconds", "2106-02-07T06:28:16.000Z"],
    ["past 34 bits of seconds", "2514-05-30T01:53:04.001Z"],
    ["before the common era", "-000044-03-15T12:00:00.000Z"],
    ["first", "-271821-04-20T00:00:00.000Z"],
    ["last", "+275760-09-13T00:00:00.000Z"],
  ])("%s: %s", (_, text) => {
    expect(there(new Date(text))).toStrictEqual(new Date(text));
  });
});

describe("binary values", () => {
  it.each(arrayKinds.map((Kind) => [Kind.name, Kind] as const))("%s keeps kind and elements", (_, Kind) => {
    const elements = Kind.name.startsWith("Big") ? [0n, 1n, 2n ** 63n - 1n] : [0, 1, 127];
    const array = new (Kind as unknown as new (elements: unknown[]) => ArrayBufferView)(elements);
    expect(there(array)).toStrictEqual(array);
    // One byte further each time: aligned for every kind once, and unaligned the other times.
    for (let before = 0; before < 9; before++) {
      const value = ["x".repeat(before), array];
      expect(there(value)).toStrictEqual(value);
    }
  });

  it("sends the part that a view shows, not the buffer behind it", () => {
    const view = new Float64Array(new ArrayBuffer(800), 80, 2).fill(1.5);
    const back = there(view) as Float64Array;
    expect(back).toStrictEqual(new Float64Array([1.5, 1.5]));
    expect(encode(view).length).toBeLessThan(40);
  });

  it("sends what a SharedArrayBuffer's view shows", () => {
    const view = new Int32Array(new SharedArrayBuffer(8)).fill(7);
    expect(there(view)).toStrictEqual(new Int32Array([7, 7]));
  });

  it("keeps a Buffer a Buffer and a Uint8Array a Uint8Array", () => {
    const [buffer, array] = there([Buffer.from("ab"), new Uint8Array([1])]) as [unknown, unknown];
    expect(Buffer.isBuffer(buffer)).toBe(true);
    expect(Buffer.isBuffer(array)).toBe(false);
    expect(array).toBeInstanceOf(Uint8Array);
  });

  it.each([255, 256, 65_535, 65_536, 100_000])("of %d bytes come back", (length) => {
    const bytes = Buffer.alloc(length, 7);
    expect(bytes.equals(there(bytes) as Buffer)).toBe(true);
    expect(bytes.equals(there(new Uint8Array(bytes)) as Uint8Array)).toBe(true);
  });

  it("is not disturbed by what the sender writes to the array afterwards", () => {
    const array = new Uint8Array([1, 2, 3]);
    const bytes = encode(array);
    array.fill(9);
    expect(decode(bytes)).toStrictEqual(new Uint8Array([1, 2, 3]));
  });
});
