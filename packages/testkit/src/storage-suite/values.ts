/** One of each kind of value that a store must give back. */
export function values(): Record<string, unknown> {
  const binary = [Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array];
  return {
    text: "tässä ☃ \u{1f600}",
    "an empty text": "",
    truth: true,
    null: null,
    undefined: undefined,
    "an integer": 42,
    "a fraction": -1.5,
    "minus zero": -0,
    "not a number": NaN,
    infinity: -Infinity,
    "a large number": Number.MAX_SAFE_INTEGER,
    "a bigint": 12n,
    "a large bigint": -(2n ** 200n),
    "a date": new Date(1_700_000_000_123),
    "an array": [1, "two", [3, undefined]],
    "a nested object": { a: { b: [{ c: null, "key ☃": 1 }] } },
    "a Map": new Map<unknown, unknown>([
      ["a", new Map([[1, 2n]])],
      [2, { b: true }],
    ]),
    "a Set": new Set([1, "a", null]),
    "a Buffer": Buffer.from([1, 2, 3]),
    "large bytes": new Uint8Array(5000).fill(3),
    ...Object.fromEntries(binary.map((Type) => [`a ${Type.name}`, new Type([1, 2, 250])])),
    "a Float32Array": new Float32Array([0.5, -1]),
    "a Float64Array": new Float64Array([Math.PI, NaN]),
    "a BigInt64Array": new BigInt64Array([-1n, 2n ** 60n]),
    "an ArrayBuffer": new Uint8Array([1, 2, 3]).buffer,
  };
}
