import { readFile } from "node:fs/promises";

/** Megabytes resident in a process; NaN where the system does not tell it in `/proc`. */
export async function residentMB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024) / 1e6;
}
