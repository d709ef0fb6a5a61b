import { availableParallelism, totalmem } from "node:os";

import { parseResources } from "../need.js";
import { scale, toUnits } from "../amounts.js";
import { cgroupLimits } from "./cgroup.js";
import { type DetectedGpu, queryGpus } from "./nvidia-smi.js";
import { visibleDevices } from "./visible-devices.js";

/** What this process may use of its machine. */
export interface Inventory {
  /** Cores, by affinity and the quota of control groups; fractions to 0.0001. */
  readonly cpu: number;
  /** Bytes: what the machine has, or what control groups leave. */
  readonly memory: number;
  readonly gpus: readonly DetectedGpu[];
  /** Custom resources, as they were given. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Options of {@link detectInventory}. */
export interface InventoryOptions {
  /** Custom resources of this machine by name, which nobody can detect. */
  readonly resources?: Readonly<Record<string, number>> | undefined;
}

/**
 * Looks at what this process may use: cores by affinity and quota, memory, and the GPUs that `nvidia-smi` lists and
 * `CUDA_VISIBLE_DEVICES` leaves. What cannot be found out is not there, or not limited.
 *
 * @throws ERR_CONFIG for custom resources that are no amounts.
 */
export async function detectInventory(options: InventoryOptions = {}): Promise<Inventory> {
  const { resources = {} } = options;
  parseResources("detectInventory()", resources);
  const [limits, gpus] = await Promise.all([cgroupLimits(), queryGpus()]);
  const cpu = Math.min(availableParallelism(), limits.cpu ?? Infinity);
  return {
    cpu: toUnits(cpu) / scale,
    memory: Math.min(totalmem(), limits.memory ?? Infinity),
    gpus: visibleDevices(gpus, process.env["CUDA_VISIBLE_DEVICES"]),
    resources,
  };
}
