import { describe, expect, it } from "vitest";

import { lognormal, uniform } from "./random.js";
import { type Job, type Outcome, simulate } from "./simulator.js";

/** Milliseconds: a million events take some seconds, and many where others use the machine as well. */
const timeout = 180_000;

const MB = 1_000_000;
/** 1 GB/s into each host. */
const cluster = { hosts: 1000, cores: 4, bandwidth: MB, latency: 0 };

/** Tasks that do not depend on each other: each with a large argument and a small one, on any two hosts. */
function independent(count: number): Job[] {
  const random = uniform(1);
  const ms = lognormal(random, 100, 0.35);
  const bytes = lognormal(random, 10 * MB, 0.8);
  const host = () => Math.floor(random() * cluster.hosts);
  return Array.from({ length: count }, () => {
    const large = Math.round(bytes());
    return {
      fn: "work",
      ms: ms(),
      inputs: [
        { bytes: large, host: host() },
        { bytes: Math.round(large / 10), host: host() },
      ],
      after: [],
      output: 0,
    };
  });
}

/** Layers of tasks; each takes the result of the one before it, and of a neighbour of that a small one. */
function layered(layers: number, width: number): Job[] {
  const random = uniform(2);
  const ms = lognormal(random, 100, 0.35);
  return Array.from({ length: layers * width }, (_, id) => {
    const isFirst = id < width;
    const side = id - width + (id % width === width - 1 ? 1 - width : 1);
    return {
      fn: "step",
      ms: ms(),
      inputs: isFirst ? [{ bytes: 20 * MB, host: Math.floor(random() * cluster.hosts) }] : [],
      after: isFirst ? [] : id % 4 === 0 ? [id - width, side] : [id - width],
      output: id % 4 === 1 ? 5 * MB : 20 * MB,
    };
  });
}

function table(title: string, outcomes: Readonly<Record<string, Outcome>>): void {
  const lines = Object.entries(outcomes).map(([name, outcome]) => {
    const { makespan, idealMakespan, bytesMoved, idealBytes } = outcome;
    return [
      name.padEnd(12),
      `${makespan.toFixed(0)} ms`.padStart(10),
      (makespan / idealMakespan).toFixed(3).padStart(8),
      `${(bytesMoved / 1e9).toFixed(1)} GB`.padStart(11),
      `${(idealBytes / 1e9).toFixed(1)} GB`.padStart(11),
    ].join("  ");
  });
  const head = "policy          makespan   /ideal        moved        ideal";
  console.log([title, head, ...lines].join("\n"));
}

describe("on 1,000 hosts with 4 cores each", { timeout }, () => {
  it("independent tasks come near the ideal, and by locality move little", () => {
    const jobs = independent(160_000);
    const outcomes = {
      fifo: simulate(jobs, "fifo", cluster),
      locality: simulate(jobs, "locality", cluster),
    };
    table("160,000 independent tasks", outcomes);
    const { fifo, locality } = outcomes;
    expect(locality.makespan).toBeLessThanOrEqual(1.15 * locality.idealMakespan);
    expect(locality.bytesMoved).toBeLessThan(0.25 * fifo.bytesMoved);
  });

  it("a graph of tasks comes near the ideal, and by locality moves little", () => {
    const jobs = layered(6, 20_000);
    const outcomes = {
      fifo: simulate(jobs, "fifo", cluster),
      locality: simulate(jobs, "locality", cluster),
    };
    table("a graph of 6 layers of 20,000 tasks", outcomes);
    const { fifo, locality } = outcomes;
    expect(locality.makespan).toBeLessThanOrEqual(1.15 * locality.idealMakespan);
    expect(locality.bytesMoved).toBeLessThan(0.25 * fifo.bytesMoved);
  });
});

describe("on 16 hosts with 4 cores each, 0.2 ms from the scheduler", { timeout }, () => {
  it("short tasks lie ready at their workers, so that none waits for the scheduler", () => {
    const random = uniform(3);
    const ms = lognormal(random, 0.1, 0.5);
    const jobs: Job[] = Array.from({ length: 50_000 }, () => ({
      fn: "short",
      ms: ms(),
      inputs: [],
      after: [],
      output: 0,
    }));
    const small = { ...cluster, hosts: 16, latency: 0.2 };
    const outcomes = {
      "as they come": simulate(jobs, "fifo", small, { tasks: 0 }),
      "lying ready": simulate(jobs, "fifo", small),
    };
    table("50,000 tasks of 0.1 ms", outcomes);
    expect(outcomes["lying ready"].makespan).toBeLessThanOrEqual(
      1.15 * outcomes["lying ready"].idealMakespan,
    );
    expect(outcomes["as they come"].makespan).toBeGreaterThan(3 * outcomes["as they come"].idealMakespan);
  });
});
