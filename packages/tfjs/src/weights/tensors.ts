import type { PlainTensor as AnyTensor, Tensors as AnyTensors } from "@troupe/core";

/** What the numbers of a model's tensors are kept in. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A tensor as plain data: rows after each other, as in C. */
export type PlainTensor<D extends TensorData = TensorData> = AnyTensor<D>;

/** Tensors by name, as the parameter server and the object store take them. */
export type Tensors = AnyTensors<TensorData>;
