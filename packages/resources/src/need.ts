import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

import { amountProblem, gpuProblem, scale, toUnits } from "./amounts.js";
import { formatMemory, memoryProblem, parseMemory } from "./memory.js";
import type { RequestedAmounts } from "./request.js";

/** What is asked for, checked and counted in {@link scale} units. */
export interface Need {
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Whole devices. */
  readonly devices: number;
  /** Of one device; 0 when whole ones are asked for, or none. */
  readonly share: number;
  /** `devices` and `share` together. */
  readonly gpu: number;
  readonly resources: readonly (readonly [name: string, units: number])[];
  readonly isNothing: boolean;
}

const noResources: Need["resources"] = [];

export const nothing: Need = {
  cpu: 0,
  memory: 0,
  devices: 0,
  share: 0,
  gpu: 0,
  resources: noResources,
  isNothing: true,
};

/** @throws ERR_CONFIG naming the field that is wrong. */
export function parseNeed(what: string, request: RequestedAmounts): Need {
  const { cpu = 0, gpu = 0, memory = 0 } = request;
  if (cpu !== 0) check(what, "cpu", amountProblem(cpu));
  if (gpu !== 0) check(what, "gpu", gpuProblem(gpu));
  if (memory !== 0) check(what, "memory", memoryProblem(memory));
  if (request.label !== undefined) checkText(what, "label", request.label);
  const resources = request.resources === undefined ? noResources : parseResources(what, request.resources);
  const cpuUnits = toUnits(cpu);
  const gpuUnits = toUnits(gpu);
  const bytes = memory === 0 ? 0 : (parseMemory(memory) ?? 0);
  return {
    cpu: cpuUnits,
    memory: bytes,
    devices: gpu >= 1 ? gpu : 0,
    share: gpu >= 1 ? 0 : gpuUnits,
    gpu: gpuUnits,
    resources,
    isNothing: cpuUnits === 0 && gpuUnits === 0 && bytes === 0 && resources.length === 0,
  };
}

/** Custom resources in {@link scale} units, without those of which 0 is asked. */
export function parseResources(what: string, resources: unknown): Need["resources"] {
  if (typeof resources !== "object" || resources === null || Array.isArray(resources))
    throw configError(what, "resources", `must be amounts by name; it is ${inspect(resources)}`);
  return Object.entries(resources).flatMap(([name, amount]: [string, unknown]) => {
    check(what, `resources.${name}`, amountProblem(amount));
    return amount === 0 ? [] : [[name, toUnits(amount as number)] as const];
  });
}

/** What is asked for, for people: `cpu 2, gpu 0.5, memory 1 GiB`. */
export function describeNeed(need: Need): string {
  const parts = [
    ...(need.cpu > 0 ? [`cpu ${need.cpu / scale}`] : []),
    ...(need.gpu > 0 ? [`gpu ${need.gpu / scale}`] : []),
    ...(need.memory > 0 ? [`memory ${formatMemory(need.memory)}`] : []),
    ...need.resources.map(([name, units]) => `${name} ${units / scale}`),
  ];
  return parts.length > 0 ? parts.join(", ") : "nothing";
}

export function check(what: string, field: string, problem: string | undefined): void {
  if (problem !== undefined) throw configError(what, field, problem);
}

export function checkText(what: string, field: string, value: unknown): void {
  if (typeof value !== "string" || value === "")
    throw configError(what, field, `must be a text that is not empty; it is ${inspect(value)}`);
}

export function configError(what: string, field: string, problem: string): TroupeError {
  return new TroupeError("ERR_CONFIG", `${what}: ${field} ${problem}.`, { details: { field } });
}
