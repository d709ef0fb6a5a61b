/**
 * TensorFlow.js in a distributed program: which of its packages there is, weights as plain data, inference that collects calls,
 * steps of training, and models that are split over actors. Its classes are plain ones; `dist()` makes actors of them.
 *
 * ```ts
 * import { loadTensorFlow, readWeights, Trainer } from "@troupe/tfjs";
 *
 * const { tf } = await loadTensorFlow();
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
 * const trainer = new Trainer(tf, model, { optimizer: tf.train.sgd(0.1) });
 * const x = tf.tensor2d([[1, 2]]);
 * trainer.step(() => tf.losses.meanSquaredError([[3]], model.apply(x)));
 * await readWeights(model); // { "0/kernel": { data: Float32Array, shape: [2, 1] }, "0/bias": … }
 * ```
 *
 * @module
 */
export { describeTensorFlow, loadTensorFlow } from "./load.js";
export type { PassedOver, TensorFlow, TF } from "./tensorflow.js";
export type { PlainTensor, TensorData, Tensors } from "./weights/tensors.js";
export { readWeights, variablesOf, type Weighted, writeWeights } from "./weights/weights.js";
export { Predictor, type PredictorOptions, type Predicts } from "./predictor.js";
export { Trainer, type TrainerOptions, type TrainingStep } from "./trainer.js";
export { ModelStage, type StageLoss } from "./split/model-stage.js";
export { SplitModel, type SplitTrainOptions, type Stage } from "./split/split-model.js";
