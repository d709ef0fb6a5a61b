import { describe, expect, expectTypeOf, it } from "vitest";

import { layout } from "../src/index.js";

describe("a layout", () => {
  it("gives a typed array for each field, over one buffer", () => {
    const queue = layout({ head: "int32", stamp: "float64", rows: ["float32", 128], seen: "uint64" });
    const views = queue.of(new ArrayBuffer(queue.byteLength));
    expectTypeOf(views.head).toEqualTypeOf<Int32Array<ArrayBuffer>>();
    expectTypeOf(views.rows).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(views.seen).toEqualTypeOf<BigUint64Array<ArrayBuffer>>();
    expect(views.rows).toHaveLength(128);
    expect(views.stamp).toHaveLength(1);
    views.head[0] = 5;
    expect(new Int32Array(views.rows.buffer)[queue.offsets.head / 4]).toBe(5);
  });

  it("places each field after the one before, where its elements may stand", () => {
    const { offsets, byteLength } = layout({ a: "uint8", b: "float64", c: ["uint8", 3], d: "int16" });
    expect(offsets).toEqual({ a: 0, b: 8, c: 16, d: 20 });
    expect(byteLength).toBe(24);
  });

  it("gives fields cache lines of their own when asked to", () => {
    const { offsets, byteLength } = layout(
      { head: "int32", tail: "int32", rows: ["int8", 65] },
      { align: 64 },
    );
    expect(offsets).toEqual({ head: 0, tail: 64, rows: 128 });
    expect(byteLength).toBe(256);
  });

  it("can stand in a row", () => {
    const row = layout({ id: "uint8", value: "float64" });
    const buffer = new ArrayBuffer(3 * row.byteLength);
    for (let i = 0; i < 3; i++) row.of(buffer, i * row.byteLength).value[0] = i;
    expect([0, 1, 2].map((i) => row.of(buffer, i * row.byteLength).value[0])).toEqual([0, 1, 2]);
  });

  it("refuses a piece that is not within the buffer, and sizes that are none", () => {
    const row = layout({ value: "float64" });
    expect(() => row.of(new ArrayBuffer(8), 8)).toThrow(RangeError);
    expect(() => row.of(new ArrayBuffer(16), 4)).toThrow(RangeError);
    expect(() => layout({ value: ["int8", -1] })).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    expect(() => layout({ value: "int8" }, { align: 48 })).toThrow(
      expect.objectContaining({ code: "ERR_CONFIG" }),
    );
  });
});
