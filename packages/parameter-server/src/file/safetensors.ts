import { type PlainTensor, sizeOfShape, type Tensors, TroupeError } from "@troupe/core";
import { elementArrays, type ElementType } from "@troupe/shm";
import { z } from "zod";

import { typeOf } from "../version/form.js";

/** Element types by the names that the format has for them. */
const elementTypes = {
  F32: "float32",
  F64: "float64",
  I8: "int8",
  I16: "int16",
  I32: "int32",
  I64: "int64",
  U8: "uint8",
  U16: "uint16",
  U32: "uint32",
  U64: "uint64",
} as const satisfies Record<string, ElementType>;

const dtypes = Object.fromEntries(
  Object.entries(elementTypes).map(([dtype, type]) => [type, dtype]),
) as Record<ElementType, keyof typeof elementTypes>;

/** Bytes before the header: its length, 64 bits, the least significant first. */
const lengthBytes = 8;
/** What readers of the format take at most. */
const maxHeaderBytes = 100_000_000;

const length = z.int().nonnegative();
const headerSchema = z.looseObject({ __metadata__: z.record(z.string(), z.string()).optional() });
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(length),
  data_offsets: z.tuple([length, length]),
});

/** A tensor as it stands in a file. */
export interface SavedTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly at: number;
  readonly byteLength: number;
}

/** What the head of a file says. */
export interface SavedHead {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly SavedTensor[];
}

/** Tensors as a file of the safetensors format: its pieces, in order, which share memory with the tensors. */
export function toFile(tensors: Tensors, metadata: Readonly<Record<string, string>>): Uint8Array[] {
  // Those of the widest numbers first, so that each begins at a multiple of its numbers' bytes.
  const entries = Object.entries(tensors).sort(
    ([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT,
  );
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { data, shape }] of entries) {
    const from = end;
    end += data.byteLength;
    header[name] = { dtype: dtypes[typeOf(data)!], shape, data_offsets: [from, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  // Filled up by spaces, so that the tensors begin at a multiple of 8.
  const filled = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(filled);
  const size = Buffer.alloc(lengthBytes);
  size.writeBigUInt64LE(BigInt(filled.length));
  const bytes = ({ data }: PlainTensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [size, filled, ...entries.map(([, tensor]) => bytes(tensor))];
}

/**
 * What the head of a file says; all of it is checked, also that the file is as long as that says.
 *
 * @param read Bytes of the file.
 * @throws ERR_SCHEMA
 */
export async function readHead(
  path: string,
  size: number,
  read: (at: number, byteLength: number) => Promise<Buffer>,
): Promise<SavedHead> {
  if (size < lengthBytes) throw damaged(path, `it has ${size} bytes, and a file of tensors 8 at least`);
  const headerBytes = Number((await read(0, lengthBytes)).readBigUInt64LE());
  if (headerBytes > maxHeaderBytes) throw damaged(path, "it does not begin as one");
  const start = lengthBytes + headerBytes;
  if (size < start) throw damaged(path, `it has ${size} bytes, and its head alone is to have ${start}`);
  const header = headerSchema.safeParse(parse((await read(lengthBytes, headerBytes)).toString()));
  if (!header.success) throw damaged(path, "its head is no JSON object");
  const { __metadata__: metadata = {}, ...entries } = header.data;
  const tensors = Object.entries(entries).map(([name, entry]) => tensorOf(path, name, entry, start));
  let end = start;
  for (const { name, at, byteLength } of tensors.toSorted(
    (a, b) => a.at - b.at || a.byteLength - b.byteLength,
  )) {
    if (at !== end) throw damaged(path, `"${name}" does not begin where the tensor before it ends`);
    end += byteLength;
  }
  if (end !== size) throw damaged(path, `its tensors end at byte ${end}, and it has ${size}`);
  return { metadata, tensors };
}

/** The tensor of these bytes, which are not shared. */
export function fromBytes({ type, shape }: SavedTensor, bytes: Buffer<ArrayBuffer>): PlainTensor {
  const numbers = elementArrays[type];
  const { buffer } =
    bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
  return { data: new numbers(buffer), shape };
}

export function damaged(path: string, problem: string): TroupeError {
  return new TroupeError("ERR_SCHEMA", `${path} is no whole file of tensors: ${problem}.`, {
    details: { path },
  });
}

function tensorOf(path: string, name: string, entry: unknown, start: number): SavedTensor {
  const { success, data } = entrySchema.safeParse(entry);
  if (!success) throw damaged(path, `its head does not say what "${name}" is`);
  const { dtype, shape, data_offsets: [from, to] } = data; // prettier-ignore
  const type = Object.hasOwn(elementTypes, dtype)
    ? elementTypes[dtype as keyof typeof elementTypes]
    : undefined;
  if (!type)
    throw damaged(path, `"${name}" is of type ${dtype}, and can be ${Object.keys(elementTypes).join(", ")}`);
  const byteLength = sizeOfShape(shape) * elementArrays[type].BYTES_PER_ELEMENT;
  if (to - from !== byteLength)
    throw damaged(
      path,
      `"${name}" of shape [${shape.join(", ")}] takes ${byteLength} bytes, and has ${to - from}`,
    );
  return { name, type, shape, at: start + from, byteLength };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
