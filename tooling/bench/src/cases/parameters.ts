import { init, ParameterServer, type Tensors } from "@troupe/dist";

import type { BenchCase, Contender, Running } from "../case.js";
import { memcpy, plainCalls } from "../raw/limits.js";

const officers = 4;
const hundredMB = 100_000_000;

/** The policy of a CartPole agent: 4-64-64-2. */
const policy: Tensors = Object.fromEntries(
  [
    [4, 64],
    [64, 64],
    [64, 2],
  ].flatMap(([inputs, units], layer) => [
    [`${layer}/kernel`, { data: new Float32Array(inputs! * units!), shape: [inputs!, units!] }],
    [`${layer}/bias`, { data: new Float32Array(units!), shape: [units!] }],
  ]),
);

/** A server with four officers, each in a process of its own. */
function troupe(use: (server: ParameterServer) => Promise<Running["run"]>): Contender {
  return {
    name: "Troupe",
    role: "troupe",
    async setup(flags = []) {
      const pools = Array.from({ length: officers + 1 }, () => ({ execArgv: [...flags] }));
      const cluster = await init({ pools, log: false });
      const server = await ParameterServer.create({ officers, history: 2 });
      return {
        run: await use(server),
        async teardown() {
          await server.close();
          await cluster.close();
        },
      };
    },
  };
}

const push100MB = troupe(async (server) => {
  const tensors = { layer: { data: new Float32Array(hundredMB / 4).fill(0.5), shape: [hundredMB / 4] } };
  await server.push("policy", tensors);
  return async (n) => {
    // Done when all officers have it.
    for (let i = 0; i < n; i++) await server.push("policy", tensors);
  };
});

const pushPolicy = troupe(async (server) => async (n) => {
  for (let i = 0; i < n; i++) await server.push("policy", policy);
});

const pushAndPull = troupe(async (server) => async (n) => {
  for (let i = 0; i < n; i++) {
    await server.push("policy", policy);
    using pulled = await server.pull("policy");
    if (pulled.tensors["0/bias"]!.data[0] !== 0) throw new Error("What was pulled is not what was pushed.");
  }
});

const pullUnchanged = troupe(async (server) => {
  await server.push("policy", policy);
  const { version } = await server.pull("policy");
  return async (n) => {
    for (let i = 0; i < n; i++)
      if (await server.pull("policy", { newerThan: version })) throw new Error("Nothing has changed.");
  };
});

/** Parameter server: a captain and four officers on one host. */
export const parameterCases: readonly BenchCase[] = [
  {
    group: "parameters",
    name: "push 100 MB, until 4 officers have it",
    unit: "MB/s",
    bytes: hundredMB,
    reach: { of: "memcpy", ratio: 0.6 },
    contenders: [push100MB, memcpy(hundredMB)],
  },
  {
    group: "parameters",
    name: "pull what has not changed",
    unit: "ops/s",
    batch: 10_000,
    latency: true,
    // Less than 10 µs.
    reach: { figure: 100_000 },
    contenders: [pullUnchanged, plainCalls],
  },
  {
    group: "parameters",
    name: "push a policy of 18 KB, until 4 officers have it",
    unit: "ops/s",
    batch: 20,
    latency: true,
    contenders: [pushPolicy],
  },
  {
    group: "parameters",
    name: "push a policy of 18 KB, and pull it",
    unit: "ops/s",
    batch: 20,
    latency: true,
    contenders: [pushAndPull],
  },
];
