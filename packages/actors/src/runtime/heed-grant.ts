import { devicesOf, type Grant, threadsOf } from "@troupe/cluster";

/**
 * Lets what is loaded from now on in this process heed what its actor was given: GPUs by `CUDA_VISIBLE_DEVICES`, cores
 * by the number of threads of native libraries, unless the environment says how many.
 */
export function heedGrant({ cpu, devices }: Grant): void {
  if (devices.length > 0) Object.assign(process.env, devicesOf(devices));
  if (cpu === 0) return;
  for (const [name, count] of Object.entries(threadsOf(cpu))) process.env[name] ??= count;
}
