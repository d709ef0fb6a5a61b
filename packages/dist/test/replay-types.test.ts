import { expectTypeOf, it } from "vitest";

import { type Batch, dist, field, type Remote, ReplayBuffer } from "../src/index.js";

const schema = { obs: field("float32", [4]), action: field("int32") };

it("an actor of a replay buffer is made by the options of a buffer", () => {
  const Replay = dist(ReplayBuffer, import.meta);
  type Replay = Awaited<ReturnType<typeof Replay.create>>;
  const create = () => Replay.create({ capacity: 100_000, schema });
  expectTypeOf(create).returns.resolves.toEqualTypeOf<Replay>();
  const use = async (replay: Replay) => {
    await replay.write({ obs: [1, 2, 3, 4], action: 1 });
    expectTypeOf(await replay.size).toEqualTypeOf<number>();
    return (await replay.sample(256))?.columns;
  };
  expectTypeOf(use).returns.resolves.toExtend<Batch["columns"] | undefined>();
  expectTypeOf<Replay>().toExtend<Remote<object>>();
});
