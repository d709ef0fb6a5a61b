/** What the numbers of a tensor are kept in. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A tensor as plain data: rows after each other, as in C. */
export interface PlainTensor<D extends TensorData = TensorData> {
  readonly data: D;
  readonly shape: readonly number[];
}

/** Tensors by name: the weights of a model, or their gradients. */
export type Tensors<D extends TensorData = TensorData> = Readonly<Record<string, PlainTensor<D>>>;

/** How many numbers a tensor of that shape has. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
