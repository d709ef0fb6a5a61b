import { readdirSync, readFileSync } from "node:fs";

/** A process as the kernel lists it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** One letter, see proc(5): `R`, `S`, `D`, `T` stopped, `Z` ended and not yet reaped. */
  readonly state: string;
  readonly command: string;
}

/** All processes of this machine; none on a platform without `/proc`. */
function processes(): ListedProcess[] {
  return entriesOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Those among the living that descend from `ancestor`. */
export function descendantsOf(ancestor: number): ListedProcess[] {
  const all = processes();
  const found = new Map<number, ListedProcess>();
  const queue = [ancestor];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    for (const candidate of all) {
      if (candidate.parent !== pid || found.has(candidate.pid)) continue;
      found.set(candidate.pid, candidate);
      queue.push(candidate.pid);
    }
  }
  return [...found.values()].filter(isRunning);
}

/**
 * Those among the living whose environment has `value` in it. Unlike the parent's pid, the environment
 * also tells where an orphan came from.
 */
export function processesWithEnvironment(value: string): ListedProcess[] {
  return processes().filter(
    ({ pid }) => pid !== process.pid && (textOf(`/proc/${pid}/environ`)?.includes(value) ?? false),
  );
}

/**
 * States of all threads of a process; empty when it is gone or the platform does not say.
 *
 * A signal that stops a process reaches its threads one after the other.
 */
export function threadStates(pid: number): string[] {
  return entriesOf(`/proc/${pid}/task`).flatMap(
    (thread) => readStat(`/proc/${pid}/task/${thread}/stat`)?.state ?? [],
  );
}

/** Paths of the unix sockets that live processes have bound below `directory`. */
export function socketsBelow(directory: string): string[] {
  const lines = textOf("/proc/net/unix")?.split("\n") ?? [];
  const paths = lines.flatMap((line) => {
    const start = line.indexOf(` ${directory}/`);
    return start === -1 ? [] : line.slice(start + 1);
  });
  return [...new Set(paths)];
}

function isRunning({ state }: ListedProcess): boolean {
  return state !== "Z" && state !== "X";
}

function readProcess(pid: number): ListedProcess | undefined {
  const stat = readStat(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const command = textOf(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim();
  return { pid, ...stat, command: command || stat.name };
}

function readStat(path: string): { name: string; state: string; parent: number } | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  // The name, field 2, is in parentheses and may hold any character; field 3 is the state, 4 the parent.
  const end = text.lastIndexOf(")");
  const [state = "", parent = "0"] = text.slice(end + 2).split(" ");
  return { name: text.slice(text.indexOf("(") + 1, end), state, parent: Number(parent) };
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
