/** What the numbers of a tensor are kept in. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** A tensor as plain data: rows after each other, as in C. */
export interface PlainTensor<D extends TensorData = TensorData> {
  readonly data: D;
  readonly shape: readonly number[];
}

/** Tensors by name, as the parameter server and the object store take them. */
export type Tensors = Readonly<Record<string, PlainTensor>>;

/** How many numbers a tensor of that shape has. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
