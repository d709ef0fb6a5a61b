// Models that pools make: a stage of a perceptron, a predictor.
import { dist } from "@troupe/dist";
import { loadTensorFlow, ModelStage, Predictor } from "@troupe/tfjs";

/** Layers of a perceptron, whose weights are said by those who test. */
export class DenseStage extends ModelStage {
  constructor(inputs, layers) {
    super();
    this.inputs = inputs;
    this.layers = layers;
  }

  build(tf) {
    return denseModel(tf, this.inputs, this.layers);
  }

  optimizer(tf) {
    return tf.train.sgd(0.1);
  }
}

export function denseModel(tf, inputs, layers) {
  const model = tf.sequential();
  layers.forEach(([units, activation], index) =>
    model.add(tf.layers.dense({ units, activation, ...(index === 0 ? { inputShape: [inputs] } : {}) })),
  );
  return model;
}

/** Adds up a row of two, and says by how much. */
export class Sums extends Predictor {
  async package() {
    return (await loadTensorFlow()).package;
  }

  build(tf) {
    const factor = tf.variable(tf.scalar(1));
    return {
      inputShape: [2],
      weights: { factor },
      predict: (rows) => tf.mul(tf.sum(rows, 1, true), factor),
    };
  }
}

export const StageActor = dist(DenseStage, import.meta, { reentrant: true });
export const SumsActor = dist(Sums, import.meta, { concurrency: "unbounded" });
