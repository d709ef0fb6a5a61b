import type { GpuDevice } from "../allocation.js";
import { runProgram } from "../program.js";

/** A GPU as the driver describes it. */
export type DetectedGpu = Required<{ [K in keyof GpuDevice]: NonNullable<GpuDevice[K]> }>;

const query = ["--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"];

/**
 * The GPUs that `nvidia-smi` lists; none when it is not on the PATH, fails, or takes longer than `timeout`
 * milliseconds, as it does while a driver hangs.
 */
export async function queryGpus(timeout = 2000): Promise<readonly DetectedGpu[]> {
  try {
    const { code, stdout } = await runProgram("nvidia-smi", query, { timeout });
    return code === 0 ? stdout.split("\n").flatMap((line) => parseLine(line) ?? []) : [];
  } catch {
    return [];
  }
}

/** `0, GPU-4f…, NVIDIA A100-SXM4-40GB, 40960`: the memory is in MiB, and no number where it is the system's. */
function parseLine(line: string): DetectedGpu | undefined {
  const [, index, uuid, name, mebibytes] = /^\s*(\d+), *([^,]+), *(.*), *([^,]*?)\s*$/.exec(line) ?? [];
  if (index === undefined || uuid === undefined || name === undefined) return undefined;
  return { index: Number(index), uuid, name, memory: (Number(mebibytes) || 0) * 1024 ** 2 };
}
