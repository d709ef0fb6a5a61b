import { mkdir, mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type Checkpoint, latestCheckpoint, latestReplay, saveCheckpoint } from "../src/checkpoint.js";
import type { Plan } from "../src/plan.js";
import { createTransitions, loadTransitions } from "../src/playing/transitions.js";

const plan = { actors: 1, steps: 1_000, prioritized: false, seed: 1 } as Plan;

function checkpointAt(steps: number): Checkpoint {
  const history = { steps, gradients: 2, replaced: 0, episodes: [], rounds: [], evaluations: [] };
  const weights = { "0/kernel": { data: Float32Array.of(steps, 0.5), shape: [2, 1] } };
  const optimizer = { "0": { data: Int32Array.of(7), shape: [] } };
  return { algorithm: "dqn", seed: 1, resumed: 0, learner: { weights, optimizer }, history };
}

describe("checkpoints", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "troupe-cartpole-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("are what was saved last, the replay buffer with it, and nothing of those before", async () => {
    using replay = createTransitions(plan);
    replay.write({ obs: [1, 2, 3, 4], action: 1, reward: 1, nextObs: [5, 6, 7, 8], done: 0, discount: 0.99 });
    await saveCheckpoint(folder, checkpointAt(100), replay);
    await saveCheckpoint(folder, checkpointAt(100));
    await saveCheckpoint(folder, checkpointAt(200), replay);
    expect(await latestCheckpoint(folder)).toEqual(checkpointAt(200));
    expect(await readdir(folder)).toHaveLength(1);
    using loaded = await loadTransitions(await latestReplay(folder), plan);
    expect(loaded.size).toBe(1);
  });

  it("are whole: one that was being written when the program was killed is none", async () => {
    expect(await latestCheckpoint(join(folder, "nowhere"))).toBeUndefined();
    await saveCheckpoint(folder, checkpointAt(100));
    const [name] = await readdir(folder);
    await mkdir(join(folder, `${name!.slice(0, -1)}2.tmp`));
    expect(await latestCheckpoint(folder)).toEqual(checkpointAt(100));
    await saveCheckpoint(folder, checkpointAt(200));
    expect(await latestCheckpoint(folder)).toEqual(checkpointAt(200));
    expect(await readdir(folder)).toHaveLength(1);
  });

  it("say so when they were damaged since", async () => {
    await saveCheckpoint(folder, checkpointAt(100));
    const [name] = await readdir(folder);
    await truncate(join(folder, name!, "state"), 40);
    await expect(latestCheckpoint(folder)).rejects.toMatchObject({ code: "ERR_SCHEMA" });
  });
});
