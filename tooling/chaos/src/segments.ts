import { readdirSync } from "node:fs";

/** Segments of shared memory that this process or one of these has made: `troupe.<label>.<host>.<pid>.<start time>.<n>`. */
export function segmentsOf(pids: ReadonlySet<number>): string[] {
  return readdirSync("/dev/shm").filter((name) => {
    const pid = Number(/^troupe\..*\.(\d+)\.\d+\.\d+$/.exec(name)?.[1]);
    return pid === process.pid || pids.has(pid);
  });
}
