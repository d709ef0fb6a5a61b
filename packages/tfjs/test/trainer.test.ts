import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";

import { loadTensorFlow, readWeights, Trainer } from "../src/index.js";
import { denseModel } from "./programs/models.mjs";

const { tf } = await loadTensorFlow();
const line = () => denseModel(tf, 1, [[1, "linear"]]);
const x = tf.tensor2d([[1], [2], [3], [4]]);
const y = tf.add(tf.mul(x, 2), 1);

function lossOf(model: ReturnType<typeof line>) {
  return () => tf.losses.meanSquaredError<Tensor, Scalar>(y, model.apply(x) as Tensor);
}

describe("a trainer", () => {
  it("learns a line, step by step, and leaves no tensors behind", async () => {
    const model = line();
    const trainer = new Trainer(tf, model, { optimizer: tf.train.adam(0.1) });
    const first = trainer.step(lossOf(model));
    const { numTensors } = tf.memory();
    let { loss } = first;
    for (let step = 0; step < 500; step++) ({ loss } = trainer.step(lossOf(model)));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(loss).toBeLessThan(first.loss / 1_000);
    const weights = await readWeights(model);
    expect(weights["0/kernel"]!.data[0]).toBeCloseTo(2, 1);
    expect(weights["0/bias"]!.data[0]).toBeCloseTo(1, 0);
  });

  it("takes the steps of gradients that another model like it gave", async () => {
    const [here, there] = [line(), line()];
    there.setWeights(here.getWeights().map((weight) => weight.clone()));
    const near = new Trainer(tf, here, { optimizer: tf.train.sgd(0.01) });
    const far = new Trainer(tf, there, { optimizer: tf.train.sgd(0.01) });
    const { gradients, loss } = await far.gradients(lossOf(there));
    near.apply(gradients);
    expect(far.step(lossOf(there)).loss).toBe(loss);
    expect(await readWeights(here)).toEqual(await readWeights(there));
  });

  it("scales gradients whose norm is too large, and says what it was", async () => {
    const model = line();
    const before = await readWeights(model);
    const trainer = new Trainer(tf, model, { optimizer: tf.train.sgd(1), maxNorm: 0.5 });
    const { norm } = trainer.step(lossOf(model));
    expect(norm).toBeGreaterThan(0.5);
    const after = await readWeights(model);
    const moved = Object.keys(before).map((name) => after[name]!.data[0]! - before[name]!.data[0]!);
    expect(Math.hypot(...moved)).toBeCloseTo(0.5, 4);
  });

  it("does not take a step that is no number", async () => {
    const model = line();
    const before = await readWeights(model);
    const trainer = new Trainer(tf, model, { optimizer: tf.train.sgd(1) });
    const { numTensors } = tf.memory();
    expect(() => trainer.step(() => tf.mul<Scalar>(lossOf(model)(), NaN))).toThrow(
      expect.objectContaining({ code: "ERR_SCHEMA" }),
    );
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await readWeights(model)).toEqual(before);
  });

  it("refuses a loss that is no scalar, or does not come from the weights", async () => {
    const model = line();
    const before = await readWeights(model);
    const trainer = new Trainer(tf, model, { optimizer: tf.train.sgd(1) });
    const { numTensors } = tf.memory();
    const refused = (loss: () => Tensor, words: RegExp) =>
      expect(() => trainer.step(loss as () => Scalar)).toThrow(
        expect.objectContaining({
          code: "ERR_SCHEMA",
          message: expect.stringMatching(words) as string,
        }) as Error,
      );
    refused(() => tf.sum(model.apply(x) as Tensor, 0), /scalar; this has the shape \[1\]/);
    refused(() => tf.scalar(1), /no way back/);
    expect(() =>
      trainer.step(() => {
        throw new RangeError("mine");
      }),
    ).toThrow(RangeError);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await readWeights(model)).toEqual(before);
  });

  it("says of which weight there is no gradient", async () => {
    const [used, unused] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const trainer = new Trainer(tf, { used, unused }, { optimizer: tf.train.sgd(1) });
    await expect(trainer.gradients(() => tf.square(used))).rejects.toMatchObject({
      code: "ERR_SCHEMA",
      details: { name: "unused" },
    });
    expect(trainer.step(() => tf.square(used)).norm).toBeCloseTo(2);
  });
});
