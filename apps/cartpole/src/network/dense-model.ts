import type { Sequential } from "@tensorflow/tfjs";
import type { TF } from "@troupe/tfjs";

import type { Activation } from "./perceptron.js";

/** What a {@link denseModel} is made of. */
export interface DenseShape {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: Activation;
  /** The spread of the last layer's first weights, by that of the others. */
  readonly lastGain?: number;
  readonly seed: number;
}

/** A model of dense layers, the last of them linear. */
export function denseModel(tf: TF, shape: DenseShape): Sequential {
  const { inputs, hidden, outputs, activation, lastGain = 1, seed } = shape;
  const layers = [...hidden, outputs].map((units, index) => {
    const isLast = index === hidden.length;
    return tf.layers.dense({
      units,
      ...(index === 0 ? { inputShape: [inputs] } : {}),
      ...(isLast ? {} : { activation }),
      kernelInitializer: tf.initializers.varianceScaling({
        scale: (isLast ? lastGain : 1) ** 2 / (activation === "relu" ? 3 : 1),
        mode: "fanIn",
        distribution: "uniform",
        seed: seed + index,
      }),
    });
  });
  return tf.sequential({ layers });
}
