import { inspect } from "node:util";

import type { GpuDevice } from "../allocation.js";
import { amountProblem, scale, toUnits } from "../amounts.js";
import { memoryProblem, parseMemory } from "../memory.js";
import { check, checkText, configError, type Need, parseResources } from "../need.js";
import type { Candidate, CandidateHost } from "../policy/policy.js";
import { Capacity, type Devices } from "./capacity.js";
import type { HostOptions, PoolPlace } from "./host-options.js";
import { PoolState } from "./pool-state.js";

/** Where an allocation goes: a pool of a host, or a host without pools. The same object for the same place. */
export interface HostPlace extends Candidate {
  readonly host: HostState;
  readonly pool: PoolState | undefined;
}

/** A host, what of it is free, and its pools. */
export class HostState implements CandidateHost {
  readonly id: string;
  readonly address: string | undefined;
  readonly labels: readonly string[];
  readonly gpus: readonly GpuDevice[];
  readonly total: Capacity;
  readonly free: Capacity;
  /** Allocations on it. */
  held = 0;
  /** Its pools as places; when it was given without pools, itself. */
  #places: HostPlace[];
  #hasPools: boolean;

  /**
   * @param order Its place in the order in which hosts were added.
   * @throws ERR_CONFIG naming the field that is wrong.
   */
  constructor(
    options: HostOptions,
    readonly order: number,
  ) {
    checkText("host", "id", options.id);
    this.id = options.id;
    const what = `host ${options.id}`;
    check(what, "cpu", amountProblem(options.cpu));
    check(what, "memory", memoryProblem(options.memory));
    this.address = options.address;
    this.labels = options.labels ?? [];
    this.gpus = parseGpus(what, options.gpus ?? 0);
    this.total = new Capacity(
      toUnits(options.cpu),
      parseMemory(options.memory) ?? 0,
      new Array<number>(this.gpus.length).fill(scale),
      new Map(parseResources(what, options.resources ?? {})),
    );
    this.free = this.total.clone();
    this.#hasPools = options.pools !== undefined;
    this.#places = this.#hasPools ? [] : [{ host: this, pool: undefined }];
    for (const pool of options.pools ?? []) this.addPool(pool);
  }

  get places(): readonly HostPlace[] {
    return this.#places;
  }

  get load(): number {
    if (!this.#hasPools) return this.held;
    let load = 0;
    for (const { pool } of this.#places) load += pool?.load ?? 0;
    return load;
  }

  /** @throws ERR_CONFIG when it has a pool of that id, or the pool is none. */
  addPool(place: PoolPlace): void {
    const pool = new PoolState(place, this.gpus);
    if (this.#places.some((other) => other.pool?.id === pool.id))
      throw configError(`host ${this.id}`, "pools", `has ${pool.id} already; ids of pools differ`);
    if (!this.#hasPools) this.#places = [];
    this.#hasPools = true;
    this.#places.push({ host: this, pool });
  }

  removePool(id: string): PoolState | undefined {
    const index = this.#places.findIndex(({ pool }) => pool?.id === id);
    return index === -1 ? undefined : this.#places.splice(index, 1)[0]?.pool;
  }

  /** The devices to set aside for a bundle: when there are pools, such as one of them may use. */
  fitBundle(need: Need, capacity: Capacity): Devices | undefined {
    if (need.gpu === 0 || !this.#hasPools) return capacity.fit(need);
    for (const { pool } of this.#places) {
      const devices = capacity.fit(need, pool?.bound);
      if (devices) return devices;
    }
    return undefined;
  }
}

function parseGpus(what: string, gpus: number | readonly GpuDevice[]): readonly GpuDevice[] {
  if (typeof gpus === "number") {
    if (!Number.isInteger(gpus) || gpus < 0 || gpus > most)
      throw configError(what, "gpus", `must be devices, or how many (0 to ${most}); it is ${inspect(gpus)}`);
    return Array.from({ length: gpus }, (_, index) => ({ index }));
  }
  const indexes = Array.isArray(gpus)
    ? gpus.map((device: Partial<GpuDevice> | null) => device?.index)
    : [NaN];
  if (new Set(indexes).size < indexes.length || !indexes.every((index) => Number.isSafeInteger(index)))
    throw configError(what, "gpus", `must be devices, each with an index of its own; it is ${inspect(gpus)}`);
  return [...gpus];
}

/** Devices of one host; more is a mistake. */
const most = 1024;
