import { inspect } from "node:util";

import { TroupeError } from "@troupe/core";

/** What a task takes while it runs, or what a worker has. */
export interface TaskNeeds {
  /** Cores; fractions to 0.0001. */
  readonly cpu: number;
  /** Devices; fractions to 0.0001. Which device it is, is the worker's affair. */
  readonly gpu: number;
  /** Bytes. */
  readonly memory: number;
  /** By name, in whatever they are counted in; fractions to 0.0001. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Ten-thousandths, as integers: what is given back is exactly what was taken, whatever binary fractions make of 0.1. */
const scale = 10_000;

/** {@link TaskNeeds} in whole units. */
export interface Units {
  readonly cpu: number;
  readonly gpu: number;
  readonly memory: number;
  readonly custom: readonly (readonly [name: string, units: number])[];
}

/** @throws ERR_CONFIG naming the amount that is none. */
export function toUnits(what: string, needs: TaskNeeds): Units {
  const units = (field: string, amount: unknown, by = scale): number => {
    const value = typeof amount === "number" ? Math.round(amount * by) : NaN;
    if (value >= 0 && Number.isSafeInteger(value)) return value;
    throw new TroupeError(
      "ERR_CONFIG",
      `${what}: ${field} must be a number from 0; it is ${inspect(amount)}.`,
      { details: { field } },
    );
  };
  return {
    cpu: units("cpu", needs.cpu),
    gpu: units("gpu", needs.gpu),
    memory: units("memory", needs.memory, 1),
    custom: Object.entries(needs.resources)
      .filter(([, amount]) => amount !== 0)
      .map(([name, amount]) => [name, units(`resources.${name}`, amount)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Equal for needs that are equal. */
export function unitsKey({ cpu, gpu, memory, custom }: Units): string {
  return custom.length === 0
    ? `${cpu} ${gpu} ${memory}`
    : `${cpu} ${gpu} ${memory} ${JSON.stringify(custom)}`;
}

/** For people: `cpu 2, gpu 0.5, memory 1024 bytes`. */
export function describeUnits({ cpu, gpu, memory, custom }: Units): string {
  const parts = [
    ...(cpu > 0 ? [`cpu ${cpu / scale}`] : []),
    ...(gpu > 0 ? [`gpu ${gpu / scale}`] : []),
    ...(memory > 0 ? [`memory ${memory} bytes`] : []),
    ...custom.map(([name, units]) => `${name} ${units / scale}`),
  ];
  return parts.length > 0 ? parts.join(", ") : "nothing";
}

/** What is free, or what there is. */
export class Room {
  #cpu: number;
  #gpu: number;
  #memory: number;
  readonly #custom: Map<string, number>;

  constructor({ cpu, gpu, memory, custom }: Units) {
    this.#cpu = cpu;
    this.#gpu = gpu;
    this.#memory = memory;
    this.#custom = new Map(custom);
  }

  fits({ cpu, gpu, memory, custom }: Units): boolean {
    if (cpu > this.#cpu || gpu > this.#gpu || memory > this.#memory) return false;
    for (const [name, units] of custom) {
      if (units > (this.#custom.get(name) ?? 0)) return false;
    }
    return true;
  }

  /** Whether somebody else takes of everything that these amounts lack. */
  isKeptFrom({ cpu, gpu, memory, custom }: Units, other: Units): boolean {
    if (cpu > this.#cpu && other.cpu === 0) return false;
    if (gpu > this.#gpu && other.gpu === 0) return false;
    if (memory > this.#memory && other.memory === 0) return false;
    return custom.every(
      ([name, units]) =>
        units <= (this.#custom.get(name) ?? 0) || other.custom.some(([taken]) => taken === name),
    );
  }

  take(units: Units): void {
    this.#change(units, -1);
  }

  give(units: Units): void {
    this.#change(units, 1);
  }

  /** As {@link fits}, of the cores alone. */
  fitsCpu(units: number): boolean {
    return units <= this.#cpu;
  }

  takeCpu(units: number): void {
    this.#cpu -= units;
  }

  giveCpu(units: number): void {
    this.#cpu += units;
  }

  #change({ cpu, gpu, memory, custom }: Units, sign: 1 | -1): void {
    this.#cpu += sign * cpu;
    this.#gpu += sign * gpu;
    this.#memory += sign * memory;
    for (const [name, units] of custom) this.#custom.set(name, (this.#custom.get(name) ?? 0) + sign * units);
  }
}
