import { numbersOf, type PoolOptions } from "./pool-options.js";

/** Where native libraries are told how many threads to use. */
const threadVariables = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "TF_NUM_INTRAOP_THREADS",
  "RAYON_NUM_THREADS",
] as const;

/** The environment of a pool: that of this process, with the changes that its options say. */
export function environmentOf({ env, threads, cores, gpu }: PoolOptions): Record<string, string> {
  const bound = numbersOf(cores);
  const merged = {
    ...process.env,
    ...(bound ? threadsOf(bound.length) : {}),
    ...devicesOf(numbersOf(gpu)),
    ...env,
  };
  if (threads !== undefined) merged["UV_THREADPOOL_SIZE"] = String(threads);
  const set = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}

/** Variables by which native libraries use as many threads. @param cpu Cores; less than one is one thread. */
export function threadsOf(cpu: number): Record<string, string> {
  const count = String(Math.max(1, Math.floor(cpu)));
  return Object.fromEntries(threadVariables.map((name) => [name, count]));
}

/** The variable by which CUDA sees these devices, and no others. */
export function devicesOf(devices: readonly (number | string)[] | undefined): Record<string, string> {
  return devices ? { CUDA_VISIBLE_DEVICES: devices.join(",") } : {};
}
