import { inspect } from "node:util";

import { type PlainTensor, sizeOfShape, type Tensors, TroupeError } from "@troupe/core";
import { elementArrays, type ElementType } from "@troupe/shm";

/** Types of numbers by the names of their arrays. */
const types = new Map(
  Object.entries(elementArrays).map(([type, { name }]) => [name, type as ElementType] as const),
);

/** What tensors are but for their numbers: the type and the shape of each, by name. */
export type Form = Readonly<Record<string, readonly [type: ElementType, ...shape: number[]]>>;

/** The form of tensors. @throws ERR_SCHEMA naming the one that is none, and why. */
export function formOf(tensors: Tensors): Form {
  if (typeof tensors !== "object" || tensors === null || Array.isArray(tensors))
    throw schemaError(
      `tensors are an object of { data, shape } by name, not ${inspect(tensors, { depth: 0 })}`,
    );
  const entries = Object.entries(tensors);
  if (entries.length === 0) throw schemaError("there is no tensor in them");
  return Object.fromEntries(entries.map(([name, tensor]) => [name, formOfTensor(name, tensor)]));
}

/** @throws ERR_SCHEMA naming the first tensor of `given` that is not as in `expected`. */
export function assertSameForm(what: string, expected: Form, given: Form): void {
  for (const [name, [type, ...shape]] of Object.entries(expected)) {
    const found = Object.hasOwn(given, name) ? given[name] : undefined;
    if (!found) throw schemaError(`${what} have no "${name}", which is ${described(type, shape)}`, name);
    const [foundType, ...foundShape] = found;
    const isSame = type === foundType && shape.length === foundShape.length;
    if (isSame && shape.every((length, at) => length === foundShape[at])) continue;
    throw schemaError(
      `"${name}" of ${what} is to be ${described(type, shape)}, and is ${described(foundType, foundShape)}`,
      name,
    );
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(expected, name));
  if (unknown === undefined) return;
  const known = Object.keys(expected).join(", ");
  throw schemaError(`${what} have "${unknown}", which is none of ${known}`, unknown);
}

/** The part of a form that gradients are of. */
export function learnable(form: Form): Form {
  return Object.fromEntries(Object.entries(form).filter(([, [type]]) => type === "float32"));
}

/** @throws ERR_SCHEMA naming a tensor with a number that is none, or infinite. */
export function assertFinite(what: string, tensors: Tensors): void {
  for (const [name, { data }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array)) continue;
    const at = data.findIndex((number) => !Number.isFinite(number));
    if (at !== -1) throw schemaError(`"${name}" of ${what} has ${data[at]} at ${at}`, name);
  }
}

/** What the numbers of an array are; `undefined` when it is none that a tensor may have. */
export function typeOf(data: unknown): ElementType | undefined {
  return types.get(Object.prototype.toString.call(data).slice("[object ".length, -1));
}

export function schemaError(problem: string, tensor?: string): TroupeError {
  return new TroupeError("ERR_SCHEMA", `These parameters do not fit: ${problem}.`, { details: { tensor } });
}

function formOfTensor(name: string, tensor: PlainTensor): Form[string] {
  const { data, shape } = (tensor ?? {}) as Partial<PlainTensor>;
  const type = typeOf(data);
  if (!data || type === undefined)
    throw schemaError(
      `the data of "${name}" is to be a typed array, not ${inspect(data, { depth: 0 })}`,
      name,
    );
  const isLength = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= 0;
  if (!Array.isArray(shape) || !shape.every(isLength))
    throw schemaError(`the shape of "${name}" is to be whole numbers from 0, not ${inspect(shape)}`, name);
  if (sizeOfShape(shape) !== data.length)
    throw schemaError(`"${name}" has the shape [${shape.join(", ")}], and ${data.length} numbers`, name);
  return [type, ...(shape as number[])];
}

function described(type: string, shape: readonly number[]): string {
  return `${type}[${shape.join(", ")}]`;
}
