import { spawn } from "node:child_process";

import type { GpuDevice } from "../allocation.js";

/** A GPU as the driver describes it. */
export type DetectedGpu = Required<{ [K in keyof GpuDevice]: NonNullable<GpuDevice[K]> }>;

const query = ["--query-gpu=index,uuid,name,memory.total", "--format=csv,noheader,nounits"];
/** Characters of output; some thousand devices. */
const mostOutput = 1_000_000;

/**
 * The GPUs that `nvidia-smi` lists; none when it is not on the PATH, fails, or takes longer than `timeout`
 * milliseconds, as it does while a driver hangs.
 */
export async function queryGpus(timeout = 2000): Promise<readonly DetectedGpu[]> {
  const output = await run("nvidia-smi", query, timeout);
  return output.split("\n").flatMap((line) => parseLine(line) ?? []);
}

/** `0, GPU-4f…, NVIDIA A100-SXM4-40GB, 40960`: the memory is in MiB, and no number where it is the system's. */
function parseLine(line: string): DetectedGpu | undefined {
  const [, index, uuid, name, mebibytes] = /^\s*(\d+), *([^,]+), *(.*), *([^,]*?)\s*$/.exec(line) ?? [];
  if (index === undefined || uuid === undefined || name === undefined) return undefined;
  return { index: Number(index), uuid, name, memory: (Number(mebibytes) || 0) * 1024 ** 2 };
}

/** What a program prints; nothing when it does not end well in time. */
function run(command: string, args: readonly string[], timeout: number): Promise<string> {
  return new Promise((resolve) => {
    let output = "";
    // A group of its own, so that what it started itself ends with it.
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], detached: true });
    const end = (result: string) => {
      clearTimeout(timer);
      child.stdout.destroy();
      resolve(result);
    };
    const giveUp = () => {
      killGroup(child.pid);
      end("");
    };
    const timer = setTimeout(giveUp, timeout);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > mostOutput) giveUp();
    });
    child.on("error", () => end(""));
    child.on("close", (code) => end(code === 0 ? output : ""));
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
