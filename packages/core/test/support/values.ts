import fc from "fast-check";

/** Every kind of typed array, with how it is made over a part of a buffer. */
export const arrayKinds = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  BigUint64Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
] as const;

const binary: fc.Arbitrary<unknown> = fc
  .tuple(
    fc.constantFrom<(new (buffer: ArrayBuffer, offset: number, length: number) => unknown)[]>(...arrayKinds),
    fc.nat(3),
    fc.uint8Array({ maxLength: 64 }),
  )
  .map(([Kind, skipped, bytes]) => {
    const { BYTES_PER_ELEMENT } = Kind as unknown as { BYTES_PER_ELEMENT: number };
    const length = Math.floor(bytes.length / BYTES_PER_ELEMENT);
    const offset = skipped * BYTES_PER_ELEMENT;
    const buffer = new ArrayBuffer(offset + length * BYTES_PER_ELEMENT);
    // Finite numbers only: the payload of a NaN need not survive every engine's float32.
    new Uint8Array(buffer).set(
      bytes.subarray(0, length * BYTES_PER_ELEMENT).map((byte) => byte & 0x3f),
      offset,
    );
    return new Kind(buffer, offset, length);
  });

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(fc.string({ unit: "binary" }), fc.string()) },
  { weight: 3, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger(), fc.constant(-0)) },
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }),
  fc.constantFrom<unknown>(null, undefined, true, false),
  fc.date({ noInvalidDate: true }),
  binary,
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.uint8Array().map((bytes) => bytes.slice().buffer),
  fc.uint8Array().map((bytes) => new DataView(bytes.slice().buffer)),
);

/** Any structured value: what `encode` promises to carry. */
export const structured: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthIdentifier: "value" },
    { weight: 3, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 20, depthIdentifier: "value" }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(
        fc.oneof(fc.string({ unit: "binary" }), fc.constant("__proto__")),
        tie("value"),
        {
          maxKeys: 20,
          noNullPrototype: true,
          depthIdentifier: "value",
        },
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(tie("value"), tie("value")), { maxLength: 20, depthIdentifier: "value" })
        .map((entries) => new Map(entries)),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("value"), { maxLength: 20, depthIdentifier: "value" })
        .map((items) => new Set(items)),
    },
  ),
})).value;
