import { init } from "@troupe/dist";
import { noLeftovers } from "@troupe/testkit";
import { describe, expect, it } from "vitest";

import { loadTensorFlow } from "../src/index.js";
import { Sums, SumsActor } from "./programs/models.mjs";

noLeftovers();

async function started(options?: ConstructorParameters<typeof Sums>[0]) {
  const sums = new Sums(options);
  await sums.onStart();
  return sums;
}

const weighted = (factor: number) => ({ factor: { data: Float32Array.of(factor), shape: [] } });

describe("a predictor", () => {
  it("computes at once what is called before it runs, and gives each its rows", async () => {
    const sums = await started({ maxDelay: 1_000, maxRows: 4 });
    const outputs = await Promise.all([
      sums.predict(Float32Array.of(1, 2)),
      sums.predict(Float32Array.of(3, 4, 5, 6)),
      sums.predict(Float32Array.of(7, 8)),
    ]);
    expect(outputs).toEqual([
      { data: Float32Array.of(3), shape: [1, 1] },
      { data: Float32Array.of(7, 11), shape: [2, 1] },
      { data: Float32Array.of(15), shape: [1, 1] },
    ]);
    expect(sums.stats()).toEqual({ calls: 3, rows: 4, runs: 1 });
  });

  it("does not wait for more than its delay", async () => {
    const sums = await started({ maxRows: 1_000 });
    expect((await sums.predict(Float32Array.of(1, 2))).data).toEqual(Float32Array.of(3));
  });

  it("computes by the weights that it was given last", async () => {
    const sums = await started();
    sums.load(weighted(10));
    expect((await sums.predict(Float32Array.of(1, 2))).data).toEqual(Float32Array.of(30));
    expect(await sums.weights()).toEqual(weighted(10));
  });

  it("refuses what is no whole row, and more than may wait; the others get their answers", async () => {
    const sums = await started({ maxWaiting: 2, maxDelay: 20 });
    const answered = sums.predict(Float32Array.of(1, 2, 3, 4));
    await expect(sums.predict(Float32Array.of(1))).rejects.toMatchObject({
      code: "ERR_SCHEMA",
      details: { expected: [2], length: 1 },
    });
    await expect(sums.predict(Float32Array.of(1, 2))).rejects.toMatchObject({ code: "ERR_MAILBOX_FULL" });
    expect((await answered).data).toEqual(Float32Array.of(3, 7));
  });

  it("is an actor that collects the calls of many", async () => {
    await using _ = await init({ pools: 1, log: false });
    const sums = await SumsActor.create({ maxRows: 100, maxDelay: 1_000 });
    const outputs = await Promise.all(
      Array.from({ length: 100 }, (_, index) => sums.predict(Float32Array.of(index, 1))),
    );
    expect(outputs.map(({ data }) => data[0])).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(await sums.stats()).toEqual({ calls: 100, rows: 100, runs: 1 });
    expect(await sums.package()).toBe((await loadTensorFlow()).package);
  });
});
