import { TroupeError } from "../errors/troupe-error.js";

type BinaryConstructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ArrayBufferView;

interface DataType {
  readonly name: string;
  readonly bytes: number;
  readonly construct: (
    buffer: ArrayBufferLike,
    offset: number,
    byteLength: number,
  ) => ArrayBufferView | ArrayBuffer;
}

function view(Type: BinaryConstructor & { readonly BYTES_PER_ELEMENT: number }): DataType {
  const bytes = Type.BYTES_PER_ELEMENT;
  return {
    name: Type.name,
    bytes,
    construct: (buffer, offset, byteLength) => new Type(buffer, offset, byteLength / bytes),
  };
}

/** Data types in the order of their codes on the wire; a code never changes its meaning. */
const dataTypes: readonly DataType[] = [
  {
    name: "Buffer",
    bytes: 1,
    construct: (buffer, offset, length) => Buffer.from(buffer as ArrayBuffer, offset, length),
  },
  view(Uint8Array),
  view(Int8Array),
  view(Uint8ClampedArray),
  view(Uint16Array),
  view(Int16Array),
  view(Uint32Array),
  view(Int32Array),
  view(BigUint64Array),
  view(BigInt64Array),
  view(Float32Array),
  view(Float64Array),
  {
    name: "ArrayBuffer",
    bytes: 1,
    construct: (buffer, offset, length) => buffer.slice(offset, offset + length) as ArrayBuffer,
  },
  { name: "DataView", bytes: 1, construct: (buffer, offset, length) => new DataView(buffer, offset, length) },
];

const codes = new Map(dataTypes.map(({ name }, code) => [name, code]));

/** Code of a binary value's data type; `undefined` for one that the wire does not know. */
export function dataTypeOf(value: ArrayBufferView | ArrayBuffer): number | undefined {
  if (Buffer.isBuffer(value)) return 0;
  // The tag names the kind of array whatever its subclass or realm.
  return codes.get(Object.prototype.toString.call(value).slice("[object ".length, -1));
}

/** The bytes of a binary value, shared with it. */
export function bytesOf(value: ArrayBufferView | ArrayBuffer): Uint8Array {
  return ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
}

/**
 * The value of a data type over `bytes`: a view of them when they are aligned for it, else of a copy.
 *
 * @throws ERR_PROTOCOL for an unknown code or a length that is no whole number of elements.
 */
export function fromBytes(code: number, bytes: Uint8Array): ArrayBufferView | ArrayBuffer {
  const type = dataTypes[code];
  if (!type) throw new TroupeError("ERR_PROTOCOL", `Unknown data type ${code} of a typed array.`);
  if (bytes.byteLength % type.bytes !== 0) {
    throw new TroupeError(
      "ERR_PROTOCOL",
      `${bytes.byteLength} bytes are no whole number of ${type.name} elements.`,
    );
  }
  // Not bytes.slice(), which for a Buffer is no copy.
  if (bytes.byteOffset % type.bytes !== 0)
    return type.construct(new Uint8Array(bytes).buffer, 0, bytes.byteLength);
  return type.construct(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Number of elements of a binary value. */
export function elementsOf(code: number, byteLength: number): number {
  return byteLength / (dataTypes[code]?.bytes ?? 1);
}
