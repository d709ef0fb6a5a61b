import type { Optimizer } from "@tensorflow/tfjs";
import type { PlainTensor, Tensors, TF } from "@troupe/tfjs";

/** All that a learner knows, as plain data. */
export interface LearnerState {
  readonly weights: Tensors;
  readonly optimizer: Tensors;
}

/** What an optimizer has gathered, as its moments: copies, by their order. */
export async function readOptimizer(optimizer: Optimizer): Promise<Tensors> {
  const named = await optimizer.getWeights();
  const entries = named.map(async ({ tensor }, index) => {
    const plain = { data: await tensor.data<"float32" | "int32">(), shape: tensor.shape };
    return [String(index), plain] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Has an optimizer of the same kind go on from there. */
export async function writeOptimizer(tf: TF, optimizer: Optimizer, state: Tensors): Promise<void> {
  const named = Object.entries(state).map(([name, { data, shape }]: [string, PlainTensor]) => ({
    name,
    tensor: tf.tensor(data, [...shape], data instanceof Float32Array ? "float32" : "int32"),
  }));
  await optimizer.setWeights(named);
}
