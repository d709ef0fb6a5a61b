import { describeWithRedis, Harness, type RedisServer, startRedis } from "@troupe/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { summaryOf } from "./summary.js";

const program = new URL("../dist/main.js", import.meta.url);
const short = ["--versions", "100", "--episode-time", "2", "--seed", "1"];

async function run(harness: Harness, ...args: string[]) {
  const rl = harness.spawn(program, { args: [...short, ...args], name: "mock-rl" });
  expect(await rl.exited).toEqual({ code: 0, signal: null });
  // The bar goes to standard error, and nothing else does.
  expect(rl.stderr.replace(/^policy \d+\/\d+ \|[=-]+\| return \S+ \| \d+ actors$/gm, "").trim()).toBe("");
  return { stdout: rl.stdout, summary: summaryOf(rl.stdout) };
}

describe("mock-rl", () => {
  it("improves the policy, replaces the actor that it kills half way, and leaves nothing", async () => {
    await using harness = await Harness.start();
    const { stdout, summary } = await run(harness);
    expect(stdout).toMatch(/^actor-3 was ended by SIGKILL; a new process takes its place$/m);
    expect(summary).toMatchObject({ updates: 100, replaced: 1 });
    expect(summary.rollouts).toBeGreaterThanOrEqual(200);
    expect(summary.final).toBeGreaterThan(summary.first);
    expect(summary.scorers).toBeGreaterThanOrEqual(summary.actors / 2);
  });

  it("keeps its actors with --no-kill, as many as --actors says", async () => {
    await using harness = await Harness.start();
    const { stdout, summary } = await run(harness, "--no-kill", "--actors", "3");
    expect(stdout).not.toMatch("SIGKILL");
    expect(summary).toMatchObject({ updates: 100, actors: 3, replaced: 0 });
    expect(summary.final).toBeGreaterThan(summary.first);
  });

  it("ends as well when the run is over before the replacement has joined", async () => {
    await using harness = await Harness.start();
    const { summary } = await run(harness, "--versions", "2", "--actors", "2");
    expect(summary).toMatchObject({ updates: 2, replaced: 1 });
  });

  it("learns from one actor alone, the straggler", async () => {
    await using harness = await Harness.start();
    const { summary } = await run(harness, "--versions", "5", "--actors", "1", "--no-kill");
    expect(summary).toMatchObject({ updates: 5, rollouts: 5, actors: 1, scorers: 1 });
  });
});

describeWithRedis("mock-rl over Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });

  it("improves the policy and replaces an actor", async () => {
    await using harness = await Harness.start();
    const { summary } = await run(harness, "--registry", redis.url);
    expect(summary).toMatchObject({ updates: 100, replaced: 1 });
    expect(summary.final).toBeGreaterThan(summary.first);
  });
});
