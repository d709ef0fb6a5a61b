import type { Sequential } from "@tensorflow/tfjs";
import type { TF } from "@troupe/tfjs";

import type { Activation } from "./perceptron.js";

/** What a {@link denseModel} is made of. */
export interface DenseShape {
  readonly inputs: number;
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: Activation;
  readonly seed: number;
}

/** A model of dense layers, the last of them linear. It begins with no preference: all outputs are 0, whatever the inputs. */
export function denseModel(tf: TF, shape: DenseShape): Sequential {
  const { inputs, hidden, outputs, activation, seed } = shape;
  const layers = [...hidden, outputs].map((units, index) => {
    const isLast = index === hidden.length;
    return tf.layers.dense({
      units,
      ...(index === 0 ? { inputShape: [inputs] } : {}),
      ...(isLast ? {} : { activation }),
      kernelInitializer: isLast
        ? tf.initializers.zeros()
        : tf.initializers.varianceScaling({
            scale: activation === "relu" ? 1 / 3 : 1,
            mode: "fanIn",
            distribution: "uniform",
            seed: seed + index,
          }),
    });
  });
  return tf.sequential({ layers });
}
