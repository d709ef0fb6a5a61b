import { inspect } from "node:util";

import type { GpuDevice } from "../allocation.js";
import { checkText, configError, type Need } from "../need.js";
import type { CandidatePool } from "../policy/policy.js";
import type { Devices } from "./capacity.js";
import type { PoolPlace } from "./host-options.js";

/** A pool, what is held in it, and the devices that it sees. */
export class PoolState implements CandidatePool {
  readonly id: string;
  /** Devices that it was started with, by their positions. */
  readonly bound: Devices | undefined;
  /** Allocations in it. */
  held = 0;
  /** Of those, the ones with a GPU. */
  #gpuHeld = 0;
  /** Devices of the GPU allocations in an unbound pool. */
  #taken: Devices | undefined;

  constructor(
    private readonly place: PoolPlace,
    devices: readonly GpuDevice[],
  ) {
    checkText("pool", "id", place.id);
    this.id = place.id;
    if (!Number.isSafeInteger(place.index) || place.index < 0)
      throw configError(`pool ${place.id}`, "index", `must be a whole number; it is ${inspect(place.index)}`);
    this.bound = place.gpus?.map((index) => {
      const position = devices.findIndex((device) => device.index === index);
      if (position !== -1) return position;
      throw configError(`pool ${place.id}`, "gpus", `names device ${index}, which its host does not have`);
    });
  }

  get index(): number {
    return this.place.index;
  }

  get label(): string | undefined {
    return this.place.label;
  }

  get load(): number {
    return Math.max(this.place.load, this.held);
  }

  /**
   * The only devices of which something may be taken for this pool now. A process sees one set of devices
   * (`CUDA_VISIBLE_DEVICES`): those that it is bound to, or those of the first GPU allocation in it.
   */
  get devices(): Devices | undefined {
    return this.bound ?? this.#taken;
  }

  enter(need: Need, devices: Devices): void {
    this.held++;
    if (need.gpu > 0 && this.#gpuHeld++ === 0) this.#taken = devices;
  }

  leave(need: Need): void {
    this.held--;
    if (need.gpu > 0 && --this.#gpuHeld === 0) this.#taken = undefined;
  }
}
