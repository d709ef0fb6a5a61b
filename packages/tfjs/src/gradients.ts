import type { Scalar, Tensor, Variable } from "@tensorflow/tfjs";
import { TroupeError } from "@troupe/core";

import type { TF } from "./tensorflow.js";

/** A loss, and its gradients by the names of the variables: all of them the caller's to dispose of. */
export interface Differentiated {
  readonly value: Scalar;
  readonly grads: Record<string, Tensor>;
}

/**
 * The gradients of a loss by variables. Those that are frozen, or that it does not depend on, have none.
 *
 * @throws ERR_SCHEMA when it is no scalar, or depends on none of them; what `loss` throws.
 */
export function differentiate(tf: TF, loss: () => Scalar, variables: readonly Variable[]): Differentiated {
  let shape: readonly number[] | undefined;
  const compute = () => {
    const value = loss();
    ({ shape } = value);
    return value;
  };
  const trainable = variables.filter((variable) => variable.trainable);
  try {
    return tf.variableGrads(compute, trainable);
  } catch (error) {
    throw shape ? lossError(shape, error) : error;
  }
}

/** Said of a loss once it is there: thrown within its function, an error would leave what TensorFlow.js keeps of it behind. */
function lossError(shape: readonly number[], cause: unknown): TroupeError {
  const problem =
    shape.length > 0
      ? `A loss is to be a scalar; this has the shape [${shape.join(", ")}].`
      : "There is no way back from the loss to the model: compute it by operations of TensorFlow.js, from what this very model gave within the function.";
  return new TroupeError("ERR_SCHEMA", problem, { cause });
}

/** The norm over all gradients, waiting for it. */
export function normOf(tf: TF, gradients: Readonly<Record<string, Tensor>>): number {
  return tf.tidy(() => {
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    return squares.length === 0 ? 0 : Math.sqrt(tf.addN(squares).dataSync()[0]!);
  });
}

/** @throws ERR_SCHEMA when the loss, or the norm of the gradients, is no number. */
export function checkStep(loss: number, norm: number): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  throw new TroupeError(
    "ERR_SCHEMA",
    `This step of training came to a loss of ${loss} and gradients of the norm ${norm}; the weights stay as they were.`,
    { details: { loss, norm } },
  );
}
