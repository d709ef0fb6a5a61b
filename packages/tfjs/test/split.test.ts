import type { Scalar, Tensor } from "@tensorflow/tfjs";
import { init } from "@troupe/dist";
import { noLeftovers } from "@troupe/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { loadTensorFlow, type PlainTensor, SplitModel, Trainer } from "../src/index.js";
import { denseModel, DenseStage, type Layer, StageActor } from "./programs/models.mjs";

noLeftovers();

const { tf } = await loadTensorFlow();

function randomTensor(rows: number, width: number): PlainTensor {
  const data = Float32Array.from({ length: rows * width }, () => Math.random() * 2 - 1);
  return { data, shape: [rows, width] };
}

const asTensor = ({ data, shape }: PlainTensor) =>
  tf.tensor2d(data as Float32Array, shape as [number, number]);

/** The same model in one process, with the weights of the stages. */
function whole(inputs: number, stages: readonly (readonly Layer[])[], weights: readonly PlainTensor[]) {
  const model = denseModel(tf, inputs, stages.flat());
  model.setWeights(weights.map(({ data, shape }) => tf.tensor(data, [...shape])));
  const trainer = new Trainer(tf, model, { optimizer: tf.train.sgd(0.1) });
  return {
    train: (x: PlainTensor, y: PlainTensor) =>
      trainer.step(() =>
        tf.losses.meanSquaredError<Tensor, Scalar>(asTensor(y), model.apply(asTensor(x)) as Tensor),
      ).loss,
    predict: (x: PlainTensor) => (model.predict(asTensor(x)) as Tensor).dataSync(),
  };
}

/** Weights of several stages in the order of the whole model's. */
async function weightsOf(stages: readonly { weights(): Promise<Record<string, PlainTensor>> }[]) {
  const all = await Promise.all(stages.map((stage) => stage.weights()));
  return all.flatMap((weights) => Object.values(weights));
}

const layers = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("relu", "tanh", "linear")), {
  minLength: 1,
  maxLength: 2,
}) as fc.Arbitrary<readonly Layer[]>;

describe("a model that is split over stages", () => {
  it("learns as the same model in one process", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(layers, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(1, 2, 4),
        async (inputs, parts, microBatches) => {
          const widths = [inputs, ...parts.map((part) => part.at(-1)![0])];
          const stages = parts.map((part, index) => new DenseStage(widths[index]!, part));
          await Promise.all(stages.map((stage) => stage.onStart()));
          const reference = whole(inputs, parts, await weightsOf(stages));
          const model = new SplitModel(stages);
          for (let step = 0; step < 3; step++) {
            const [x, y] = [randomTensor(8, inputs), randomTensor(8, widths.at(-1)!)];
            const loss = await model.train(x, y, { microBatches });
            expect(loss).toBeCloseTo(reference.train(x, y), 4);
          }
          const x = randomTensor(3, inputs);
          const { data } = await model.predict(x);
          reference.predict(x).forEach((value, at) => expect(data[at]).toBeCloseTo(value, 4));
        },
      ),
      { numRuns: 15 },
    );
  });

  it("learns over actors, which pass gradients back", async () => {
    await using cluster = await init({ pools: 2, log: false });
    const parts: Layer[][] = [
      [[8, "tanh"]],
      [
        [8, "relu"],
        [1, "linear"],
      ],
    ];
    const stages = await Promise.all([StageActor.create(2, parts[0]!), StageActor.create(8, parts[1]!)]);
    expect(new Set((await cluster.actors()).map(({ pool }) => pool)).size).toBe(2);
    const reference = whole(2, parts, await weightsOf(stages));
    const model = new SplitModel(stages);
    const [x, y] = [randomTensor(16, 2), randomTensor(16, 1)];
    const losses: number[] = [];
    for (let step = 0; step < 5; step++) losses.push(await model.train(x, y, { microBatches: 4 }));
    losses.forEach((loss) => expect(loss).toBeCloseTo(reference.train(x, y), 4));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it("leaves no tensors behind", async () => {
    const stages = [new DenseStage(2, [[3, "tanh"]]), new DenseStage(3, [[1, "linear"]])];
    await Promise.all(stages.map((stage) => stage.onStart()));
    const model = new SplitModel(stages);
    const train = () => model.train(randomTensor(4, 2), randomTensor(4, 1), { microBatches: 2 });
    await train();
    const { numTensors } = tf.memory();
    for (let step = 0; step < 5; step++) await train();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("takes no step when one stage fails, and goes on with the next batch", async () => {
    const stages = [new DenseStage(2, [[3, "tanh"]]), new DenseStage(3, [[1, "linear"]])];
    await Promise.all(stages.map((stage) => stage.onStart()));
    const model = new SplitModel(stages);
    const before = await weightsOf(stages);
    const wrong = { data: new Float32Array(8), shape: [4, 2] };
    await expect(model.train(randomTensor(4, 2), wrong)).rejects.toThrow();
    expect(await weightsOf(stages)).toEqual(before);
    await expect(model.train(randomTensor(4, 2), randomTensor(4, 1))).resolves.toBeGreaterThan(0);
  });

  it("takes no step that is no number, and goes on with the next batch", async () => {
    await using _cluster = await init({ pools: 2, log: false });
    const parts: Layer[][] = [[[3, "relu"]], [[1, "linear"]]];
    const here = [new DenseStage(2, parts[0]!), new DenseStage(3, parts[1]!)];
    await Promise.all(here.map((stage) => stage.onStart()));
    const there = await Promise.all([StageActor.create(2, parts[0]!), StageActor.create(3, parts[1]!)]);
    for (const stages of [here, there]) {
      const model = new SplitModel(stages);
      const before = await weightsOf(stages);
      const isNumber = randomTensor(4, 2);
      for (const wrong of [NaN, Infinity]) {
        const [x, y] = [randomTensor(4, 2), randomTensor(4, 1)];
        x.data[7] = wrong;
        const train = (input: PlainTensor, target: PlainTensor) =>
          expect(model.train(input, target, { microBatches: 2 })).rejects.toMatchObject({
            code: "ERR_SCHEMA",
          });
        await train(x, randomTensor(4, 1));
        y.data[0] = wrong;
        await train(isNumber, y);
      }
      expect(await weightsOf(stages)).toEqual(before);
      await expect(model.train(isNumber, randomTensor(4, 1))).resolves.toBeGreaterThan(0);
    }
  });

  it("refuses rows that cannot be divided, or are not as many as the targets", async () => {
    const model = new SplitModel([new DenseStage(2, [[1, "linear"]])]);
    const refused = (x: PlainTensor, y: PlainTensor, microBatches: number) =>
      expect(model.train(x, y, { microBatches })).rejects.toMatchObject({ code: "ERR_SCHEMA" });
    await refused(randomTensor(3, 2), randomTensor(3, 1), 2);
    await refused(randomTensor(4, 2), randomTensor(2, 1), 1);
    expect(() => new SplitModel([])).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
  });
});
