import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";

/** Where a process is and which one it is; `startTime` tells it from a later process with the same pid. */
export interface ProcessIdentity {
  /** Names the machine and its boot, so that a pid has a meaning. */
  readonly host: string;
  readonly pid: number;
  /** Clock ticks after boot at which the process started; 0 where the platform does not say. */
  readonly startTime: number;
}

/** Identity of this process. */
export function processIdentity(): ProcessIdentity {
  return (self ??= {
    host: hostIdentity(),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? 0,
  });
}

/** Whether the process runs on this machine and pid namespace, so that {@link isProcessAlive} can judge it. */
export function isSameHost(identity: ProcessIdentity): boolean {
  return identity.host === processIdentity().host;
}

/**
 * Whether a process of this machine still runs. A paused process does; a zombie does not.
 *
 * Only meaningful for a process of the same host ({@link isSameHost}).
 */
export function isProcessAlive(process_: Pick<ProcessIdentity, "pid" | "startTime">): boolean {
  const { pid, startTime } = process_;
  // Zero and negative numbers name process groups.
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const stat = readStat(pid);
  // Something runs there, and the platform does not say what.
  if (stat === undefined) return true;
  return stat.state !== "Z" && (startTime === 0 || stat.startTime === startTime);
}

let self: ProcessIdentity | undefined;

function hostIdentity(): string {
  // Two containers may share boot id and host name while their pids mean different things: the pid
  // namespace tells them apart.
  const boot = readText("/proc/sys/kernel/random/boot_id")?.trim().slice(0, 8) ?? "";
  const namespace = readNamespace();
  return [hostname(), boot, namespace].filter(Boolean).join("/");
}

function readNamespace(): string {
  // The inode of the pid namespace, in base 36 to keep it short.
  try {
    return statSync("/proc/self/ns/pid").ino.toString(36);
  } catch {
    return "";
  }
}

function startTimeOf(pid: number): number | undefined {
  return readStat(pid)?.startTime;
}

/** Fields 3 (state) and 22 (start time, clock ticks) of `/proc/<pid>/stat`, see proc(5). */
function readStat(pid: number): { state: string; startTime: number } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command name, field 2, is in parentheses and may hold any character.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", startTime: Number(fields[19] ?? 0) };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
