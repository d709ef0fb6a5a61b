import { describe, expect, it } from "vitest";

import { loadTensorFlow, readWeights, type Tensors, writeWeights } from "../src/index.js";
import { denseModel } from "./programs/models.mjs";

const { tf } = await loadTensorFlow();
const makeModel = () =>
  denseModel(tf, 3, [
    [4, "relu"],
    [2, "linear"],
  ]);

describe("weights", () => {
  it("have the same names in every model of the kind, and make another model the same", async () => {
    const [one, other] = [makeModel(), makeModel()];
    const weights = await readWeights(one);
    expect(Object.keys(weights)).toEqual(["0/kernel", "0/bias", "1/kernel", "1/bias"]);
    expect(weights["0/kernel"]).toMatchObject({ shape: [3, 4] });
    writeWeights(tf, other, weights);
    expect(await readWeights(other)).toEqual(weights);
    const input = tf.tensor2d([[1, 2, 3]]);
    expect((other.predict(input) as typeof input).arraySync()).toEqual(
      (one.predict(input) as typeof input).arraySync(),
    );
  });

  it("are copies: what is read, and what was written, goes its own way", async () => {
    const model = makeModel();
    const weights = await readWeights(model);
    const before = weights["0/bias"]!.data.slice();
    writeWeights(tf, model, weights);
    weights["0/bias"]!.data.fill(7);
    expect((await readWeights(model))["0/bias"]!.data).toEqual(before);
  });

  it("may be those of variables", async () => {
    const scale = tf.variable(tf.tensor1d([1, 2]));
    writeWeights(tf, { scale }, { scale: { data: Float32Array.of(3, 4), shape: [2] } });
    expect(scale.arraySync()).toEqual([3, 4]);
    expect(await readWeights({ scale })).toEqual({ scale: { data: Float32Array.of(3, 4), shape: [2] } });
  });

  it.each([
    ["one is missing", ({ "1/bias": _, ...rest }: Tensors) => rest, '"1/bias" is missing'],
    [
      "one is not the model's",
      (all: Tensors) => ({ ...all, extra: all["0/bias"]! }),
      '"extra" is no weight of this model, which has 0/kernel',
    ],
    [
      "one has another shape",
      (all: Tensors) => ({ ...all, "0/kernel": { data: new Float32Array(12), shape: [4, 3] } }),
      '"0/kernel" is to have the shape [3, 4], and has [4, 3]',
    ],
    [
      "one has too few numbers",
      (all: Tensors) => ({ ...all, "0/kernel": { data: new Float32Array(11), shape: [3, 4] } }),
      "with 11 numbers",
    ],
  ])("are refused when %s, and nothing is changed", async (_, change, problem) => {
    const model = makeModel();
    const before = await readWeights(model);
    const wrong = change(await readWeights(makeModel()));
    expect(() => writeWeights(tf, model, wrong)).toThrow(
      expect.objectContaining({ code: "ERR_SCHEMA", message: expect.stringContaining(problem) as string }),
    );
    expect(await readWeights(model)).toEqual(before);
  });
});
