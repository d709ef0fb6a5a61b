import type { LayersModel, Tensor, Variable } from "@tensorflow/tfjs";
import {
  type PlainTensor as AnyTensor,
  sizeOfShape,
  type Tensors as AnyTensors,
  TroupeError,
} from "@troupe/core";

import type { TF } from "../tensorflow.js";
import type { PlainTensor, TensorData, Tensors } from "./tensors.js";

/** What has weights: a model of layers, or variables by name. */
export type Weighted = LayersModel | Readonly<Record<string, Variable>>;

/**
 * The variables of a model by name: those of a model of layers by layer and kind, as `0/kernel` and `0/bias`, so that the same
 * model has the same names in every process.
 */
export function variablesOf(weighted: Weighted): Readonly<Record<string, Variable>> {
  if (!isModel(weighted)) return weighted;
  const variables: Record<string, Variable> = {};
  weighted.layers.forEach((layer, index) => {
    for (const weight of layer.weights) {
      const kind = weight.originalName.split("/").at(-1)!;
      // The variable itself, and not a copy.
      variables[`${index}/${kind}`] = weight.read() as Variable;
    }
  });
  return variables;
}

/** A model's weights as they are now: copies. */
export async function readWeights(weighted: Weighted): Promise<Tensors> {
  const entries = Object.entries(variablesOf(weighted)).map(async ([name, variable]) => {
    const { data, shape } = await plainTensor(variable);
    // What a backend has not used yet it may keep as the very array that it was given.
    return [name, { data: data.slice(), shape }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Gives a model other weights; their memory may change afterwards.
 *
 * @throws ERR_SCHEMA naming the weight that is missing, or of another shape, or not the model's. Then none is changed.
 */
export function writeWeights(tf: TF, weighted: Weighted, tensors: AnyTensors): void {
  const variables = variablesOf(weighted);
  const unknown = Object.keys(tensors).find((name) => !Object.hasOwn(variables, name));
  if (unknown !== undefined) {
    const known = Object.keys(variables).join(", ");
    throw schemaError(`"${unknown}" is no weight of this model, which has ${known}`, unknown);
  }
  for (const [name, variable] of Object.entries(variables)) checkWeight(name, tensors[name], variable);
  for (const [name, variable] of Object.entries(variables)) {
    const { data, shape } = tensors[name]!;
    // A copy: tfjs-node keeps the array, and reads it when the weight is first used.
    const tensor = toTensor(tf, { data: data.slice(), shape }, variable.dtype);
    variable.assign(tensor);
    tensor.dispose();
  }
}

/** A tensor as plain data: for what an operation gave a copy, else perhaps the array that it was made of. */
export async function plainTensor(tensor: Tensor): Promise<PlainTensor> {
  return { data: await tensor.data<"float32" | "int32" | "bool">(), shape: tensor.shape };
}

/**
 * Plain data as a tensor, which is the caller's to dispose of. TensorFlow.js has 32 bits for a number: of longer ones
 * what fits into these is kept.
 *
 * @throws ERR_SCHEMA when its length is not that of its shape.
 */
export function toTensor(tf: TF, { data, shape }: AnyTensor, dtype?: Tensor["dtype"]): Tensor {
  if (data.length === sizeOfShape(shape)) {
    const numbers = numbersOf(data);
    return tf.tensor(numbers, [...shape], dtype ?? dtypeOf(numbers));
  }
  throw schemaError(`a tensor of shape [${shape.join(", ")}] has ${data.length} numbers`);
}

function numbersOf(data: AnyTensor["data"]): TensorData {
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return data;
  if (data instanceof Float64Array) return Float32Array.from(data);
  return Int32Array.from(data as Iterable<number | bigint>, Number);
}

function dtypeOf(data: TensorData): "float32" | "int32" {
  return data instanceof Float32Array ? "float32" : "int32";
}

function checkWeight(name: string, tensor: AnyTensor | undefined, { shape }: Variable): void {
  if (!tensor) throw schemaError(`the weight "${name}" is missing`, name);
  const isAsExpected = tensor.shape.length === shape.length && shape.every((n, at) => n === tensor.shape[at]);
  if (!isAsExpected || tensor.data.length !== sizeOfShape(shape)) {
    throw schemaError(
      `the weight "${name}" is to have the shape [${shape.join(", ")}], and has [${tensor.shape.join(", ")}] with ${tensor.data.length} numbers`,
      name,
    );
  }
}

function isModel(weighted: Weighted): weighted is LayersModel {
  return Array.isArray((weighted as LayersModel).layers);
}

function schemaError(problem: string, weight?: string): TroupeError {
  return new TroupeError("ERR_SCHEMA", `These weights do not fit: ${problem}.`, { details: { weight } });
}
